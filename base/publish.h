#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/file_system.h"

namespace govseal {

/// Directory::publish for filesystems without O_TMPFILE: the final name from the start, one write.
/// A crash can leave a part of the bytes (sealing.md 9.3 expects that), a failure leaves nothing.
[[nodiscard]] std::optional<OpenFailure> publish_in_place(Directory& directory,
                                                          std::string_view name, ByteSpan bytes,
                                                          std::uint32_t mode);

/// Removes a half-written file again unless `keep()` was called. What was put under its name
/// meanwhile by somebody else stays. Failures of the removal are swallowed: the failure that led
/// here is the one to report.
class HalfWrittenFile {
 public:
  HalfWrittenFile(Directory& directory, std::string_view name, File const& file);
  HalfWrittenFile(HalfWrittenFile const&) = delete;
  HalfWrittenFile& operator=(HalfWrittenFile const&) = delete;
  ~HalfWrittenFile();
  void keep() noexcept { kept_ = true; }

 private:
  Directory& directory_;
  std::string const name_;
  std::uint64_t const ino_;
  bool kept_ = false;
};

}  // namespace govseal
