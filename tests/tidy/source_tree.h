#pragma once

#include <string>
#include <vector>

namespace govseal {

/// One file of the product, as text. Comments and the insides of literals are blanked in `code`,
/// line by line, so that a rule about the language never trips over prose.
struct SourceFile {
  std::string path;  // relative to the project, such as "base/error.h"
  std::vector<std::string> lines;
  std::vector<std::string> code;

  [[nodiscard]] bool is_header() const { return path.ends_with(".h"); }
  /// The folder that is a layer, such as "base"; of tests it is "tests".
  [[nodiscard]] std::string layer() const { return path.substr(0, path.find('/')); }
};

/// All .h and .cpp files below the layers, ascending by path; without tests.
[[nodiscard]] std::vector<SourceFile> const& product_sources();

}  // namespace govseal
