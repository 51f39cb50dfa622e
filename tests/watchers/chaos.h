#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace govseal {

/// A hand that does all to a tree that can be done to one, at random but by a seed: makes, writes,
/// renames over, exchanges, moves out and in again, puts a link, a file or another directory in the
/// place of a directory, writes through descriptors whose file has moved. No two writes leave the
/// same bytes, so a receiver that missed the last one knows something wrong. Uses raw system calls
/// and ignores their failures. One thread.
class Chaos {
 public:
  /// `tops`: the directories to work in, absolute; they themselves are left in peace.
  Chaos(std::vector<std::string> tops, std::uint32_t seed);
  ~Chaos();

  void step();

 private:
  [[nodiscard]] unsigned below(unsigned most) { return static_cast<unsigned>(random_() % most); }
  [[nodiscard]] std::string top() { return tops_[below(static_cast<unsigned>(tops_.size()))]; }
  [[nodiscard]] std::string directory(unsigned levels_min = 1);
  [[nodiscard]] std::string file();
  [[nodiscard]] std::string text();
  void make_tree();
  void write_file(std::string const& path, int flags);
  void replace_file();
  void replace_directory();
  void exchange();
  void rename_twice();
  void remove_tree();
  void write_through_held();

  std::vector<std::string> tops_;
  std::mt19937 random_;
  std::uint32_t seed_;
  std::uint64_t written_ = 0;
  std::vector<UniqueFd> held_;
};

}  // namespace govseal
