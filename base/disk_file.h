#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/file_system.h"
#include "base/unique_fd.h"

namespace govseal::disk {

/// A regular file behind a descriptor.
class DiskFile final : public File {
 public:
  /// `label` names the file in errors.
  DiskFile(UniqueFd fd, std::string label) : fd_(std::move(fd)), label_(std::move(label)) {}

  /// The same, with what fstat says now.
  DiskFile(UniqueFd fd, std::string label, FileStat const& at_open)
      : fd_(std::move(fd)), label_(std::move(label)), at_open_(at_open) {}

  [[nodiscard]] FileStat status() const override;
  [[nodiscard]] FileStat status_at_open() const override { return at_open_ ? *at_open_ : status(); }
  [[nodiscard]] std::size_t read_at(std::byte* buffer, std::size_t size,
                                    std::uint64_t offset) const override;
  void append(ByteSpan bytes) override;
  void truncate(std::uint64_t size) override;
  void set_mode(std::uint32_t mode) override;
  void sync_data() override;
  void sync() override;
  void drop_cache() const override;
  [[nodiscard]] int native_handle() const noexcept override { return fd_.get(); }

 private:
  UniqueFd fd_;
  std::string label_;
  std::optional<FileStat> at_open_;
};

}  // namespace govseal::disk
