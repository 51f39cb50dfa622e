#pragma once

#include <atomic>
#include <string>

#include "base/disk_calls.h"
#include "base/file_system.h"
#include "base/unique_fd.h"

namespace govseal::disk {

/// A directory behind a descriptor.
class DiskDirectory final : public Directory {
 public:
  /// `label` names the directory in errors. `try_noatime`: whether O_NOATIME is worth a try.
  DiskDirectory(UniqueFd fd, std::string label, bool try_noatime)
      : fd_(std::move(fd)), label_(std::move(label)), try_noatime_(try_noatime) {}

  [[nodiscard]] FileStat status() const override;
  [[nodiscard]] std::vector<DirectoryEntry> list() const override;
  [[nodiscard]] std::optional<FileStat> find(std::string_view name) const override;
  [[nodiscard]] std::variant<std::unique_ptr<Directory>, OpenFailure> open_directory(
      RelativePath const& path) const override;
  [[nodiscard]] FileOrFailure open_file(RelativePath const& path) const override;
  [[nodiscard]] FileOrFailure open_found(RelativePath const& path) const override;
  [[nodiscard]] FileOrFailure create_exclusive(std::string_view name, std::uint32_t mode) override;
  [[nodiscard]] FileOrFailure open_append(std::string_view name) override;
  [[nodiscard]] std::optional<OpenFailure> publish(std::string_view name, ByteSpan bytes,
                                                   std::uint32_t mode) override;
  bool make_directory(std::string_view name, std::uint32_t mode) override;
  void rename(std::string_view from, std::string_view to) override;
  [[nodiscard]] bool rename_no_replace(std::string_view from, std::string_view to) override;
  bool unlink(std::string_view name) override;
  bool remove_directory(std::string_view name) override;
  void sync() override;
  [[nodiscard]] int native_handle() const noexcept override { return fd_.get(); }

 private:
  [[nodiscard]] std::string label_of(std::string_view below) const;
  [[nodiscard]] FileOrFailure failed(int error, std::string_view operation,
                                     std::string_view below) const;
  [[nodiscard]] std::optional<FileStat> stat_of(int dir, std::string const& name,
                                                std::string_view below) const;
  [[nodiscard]] Opened open_for_reading(int dir, std::string const& name, int flags) const;
  [[nodiscard]] FileOrFailure open_regular(int dir, std::string_view name, int flags,
                                           std::string_view below) const;
  [[nodiscard]] FileOrFailure open_found_in(int dir, std::string_view name,
                                            std::string_view below) const;
  [[nodiscard]] bool link_unnamed(int unnamed_fd, std::string const& name) const;

  UniqueFd fd_;
  std::string label_;
  /// Only the owner of a file and CAP_FOWNER may ask for O_NOATIME; the first EPERM ends the tries.
  mutable std::atomic<bool> try_noatime_;
};

}  // namespace govseal::disk
