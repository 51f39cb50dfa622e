// Directory and File of MemoryFileSystem.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/publish.h"
#include "tests/support/memory_tree.h"

namespace govseal {
namespace {

using State = MemoryFileSystem::State;
using memory::Node;
using memory::NodePtr;
using Lock = std::lock_guard<std::recursive_mutex>;
using Op = FileOperation;

constexpr std::size_t kNameBytesMax = 255;

std::string joined(std::string const& directory, std::string_view below) {
  std::string out = directory;
  if (!out.ends_with('/')) out += '/';
  return out += below;
}

std::string element(std::string_view name) {
  GOVSEAL_ASSERT(!name.empty() && name != "." && name != "..");
  GOVSEAL_ASSERT(name.find('/') == std::string_view::npos);
  GOVSEAL_ASSERT(name.find('\0') == std::string_view::npos);
  return std::string(name);
}

class MemoryFile final : public File {
 public:
  MemoryFile(std::shared_ptr<State> state, NodePtr node, std::string path, bool writable)
      : state_(std::move(state)),
        node_(std::move(node)),
        path_(std::move(path)),
        epoch_(state_->epoch),
        writable_(writable) {}

  FileStat status() const override {
    Lock const lock(state_->mutex);
    State::Step const step(*state_, Op::status, path_, epoch_);
    step.finish();
    return state_->stat_of(*node_);
  }

  std::size_t read_at(std::byte* buffer, std::size_t size, std::uint64_t offset) const override {
    Lock const lock(state_->mutex);
    State::Step const step(*state_, Op::read, path_, epoch_);
    step.finish();
    std::string const& content = node_->content;
    if (offset >= content.size()) return 0;
    std::size_t const count = std::min(size, content.size() - static_cast<std::size_t>(offset));
    std::memcpy(buffer, content.data() + offset, count);
    return count;
  }

  void append(ByteSpan bytes) override {
    Lock const lock(state_->mutex);
    require_writable("write", EBADF);
    State::Step const step(*state_, Op::append, path_, epoch_);
    std::string_view text = text_of(bytes);
    if (step.partly) text = text.substr(0, text.size() / 2);
    bool const fits = state_->append(*node_, text) == text.size();
    if (!fits) throw_errno(ENOSPC, "write", path_);
    step.finish();
  }

  void truncate(std::uint64_t size) override {
    Lock const lock(state_->mutex);
    require_writable("truncate", EINVAL);
    State::Step const step(*state_, Op::truncate, path_, epoch_);
    state_->truncate(*node_, size);
    step.finish();
  }

  void set_mode(std::uint32_t mode) override {
    Lock const lock(state_->mutex);
    State::Step const step(*state_, Op::set_mode, path_, epoch_);
    state_->set_mode(*node_, mode);
    step.finish();
  }

  void sync_data() override { sync_with(Op::sync_data); }
  void sync() override { sync_with(Op::sync_file); }
  void drop_cache() const override {
    Lock const lock(state_->mutex);
    if (state_->power_off || epoch_ != state_->epoch) throw SimulatedCrash();
  }
  int native_handle() const noexcept override { return -1; }

 private:
  void require_writable(char const* operation, int error_number) const {
    if (!writable_) throw_errno(error_number, operation, path_);
  }

  void sync_with(Op operation) {
    Lock const lock(state_->mutex);
    try {
      State::Step const step(*state_, operation, path_, epoch_);
      State::sync_file(*node_);
      step.finish();
    } catch (Error const&) {
      State::lose_unsynced(*node_);
      throw;
    }
  }

  std::shared_ptr<State> const state_;
  NodePtr const node_;
  std::string const path_;
  std::uint64_t const epoch_;
  bool const writable_;
};

class MemoryDirectory final : public Directory {
 public:
  MemoryDirectory(std::shared_ptr<State> state, NodePtr node, std::string path)
      : state_(std::move(state)),
        node_(std::move(node)),
        path_(std::move(path)),
        epoch_(state_->epoch) {}

  FileStat status() const override {
    Lock const lock(state_->mutex);
    State::Step const step(*state_, Op::status, path_, epoch_);
    step.finish();
    return state_->stat_of(*node_);
  }

  std::vector<DirectoryEntry> list() const override {
    Lock const lock(state_->mutex);
    State::Step const step(*state_, Op::list, path_, epoch_);
    step.finish();
    if (is_removed()) throw_errno(ENOENT, "list", path_);
    std::vector<DirectoryEntry> out;
    for (auto const& [name, child] : node_->entries) out.push_back({name});
    return out;
  }

  std::optional<FileStat> find(std::string_view name) const override {
    Lock const lock(state_->mutex);
    std::string const label = joined(path_, element(name));
    State::Step const step(*state_, Op::find, label, epoch_);
    step.finish();
    NodePtr const child = child_of(*node_, std::string(name));
    return child ? std::optional(state_->stat_of(*child)) : std::nullopt;
  }

  std::variant<std::unique_ptr<Directory>, OpenFailure> open_directory(
      RelativePath const& path) const override {
    Lock const lock(state_->mutex);
    std::string const label = path.is_root() ? path_ : joined(path_, path.str());
    State::Step const step(*state_, Op::open_directory, label, epoch_);
    step.finish();
    NodePtr node = node_;
    if (auto const failure = walk(node, path)) return *failure;
    return std::make_unique<MemoryDirectory>(state_, node, label);
  }

  FileOrFailure open_file(RelativePath const& path) const override {
    if (path.is_root()) return OpenFailure::wrong_kind;
    Lock const lock(state_->mutex);
    std::string const label = joined(path_, path.str());
    State::Step const step(*state_, Op::open_file, label, epoch_);
    step.finish();
    NodePtr parent = node_;
    if (auto const failure = walk(parent, path.parent())) return *failure;
    return open_regular(*parent, std::string(path.name()), label, false);
  }

  FileOrFailure create_exclusive(std::string_view name, std::uint32_t mode) override {
    Lock const lock(state_->mutex);
    std::string const text = element(name);
    std::string const label = joined(path_, text);
    State::Step const step(*state_, Op::create_exclusive, label, epoch_);
    if (is_removed()) return OpenFailure::not_found;
    if (child_of(*node_, text)) return OpenFailure::exists;
    require_room_for_name("create", label, text);
    NodePtr const node = state_->make_node(FileKind::regular, mode, *node_);
    state_->change_names(*node_, {{text, node}});
    step.finish();
    return std::make_unique<MemoryFile>(state_, node, label, true);
  }

  FileOrFailure open_append(std::string_view name) override {
    Lock const lock(state_->mutex);
    std::string const text = element(name);
    std::string const label = joined(path_, text);
    State::Step const step(*state_, Op::open_append, label, epoch_);
    step.finish();
    return open_regular(*node_, text, label, true);
  }

  std::optional<OpenFailure> publish(std::string_view name, ByteSpan bytes,
                                     std::uint32_t mode) override {
    Lock const lock(state_->mutex);
    if (!state_->unnamed_files) return publish_in_place(*this, name, bytes, mode);
    std::string const text = element(name);
    std::string const label = joined(path_, text);
    NodePtr const node = state_->make_node(FileKind::regular, mode, *node_);
    write_unnamed(*node, text_of(bytes), label);
    {
      State::Step const step(*state_, Op::publish_sync, label, epoch_);
      State::sync_file(*node);
      step.finish();
    }
    {
      State::Step const step(*state_, Op::publish_link, label, epoch_);
      if (child_of(*node_, text)) return OpenFailure::exists;
      if (is_removed()) throw_errno(ENOENT, "publish", label);
      require_room_for_name("publish", label, text);
      state_->change_names(*node_, {{text, node}});
      step.finish();
    }
    sync();
    return std::nullopt;
  }

  bool make_directory(std::string_view name, std::uint32_t mode) override {
    Lock const lock(state_->mutex);
    std::string const text = element(name);
    std::string const label = joined(path_, text);
    State::Step const step(*state_, Op::make_directory, label, epoch_);
    if (child_of(*node_, text)) return false;
    if (is_removed()) throw_errno(ENOENT, "make directory", label);
    require_room_for_name("make directory", label, text);
    NodePtr const node = state_->make_node(FileKind::directory, mode, *node_);
    state_->change_names(*node_, {{text, node}});
    step.finish();
    return true;
  }

  void rename(std::string_view from, std::string_view to) override {
    Lock const lock(state_->mutex);
    std::string const source = element(from);
    std::string const target = element(to);
    std::string const label = joined(path_, source);
    State::Step const step(*state_, Op::rename, label, epoch_);
    require_rename(source, target, label);
    move_name(source, target);
    step.finish();
  }

  bool rename_no_replace(std::string_view from, std::string_view to) override {
    Lock const lock(state_->mutex);
    std::string const source = element(from);
    std::string const target = element(to);
    std::string const label = joined(path_, source);
    State::Step const step(*state_, Op::rename, label, epoch_);
    if (!child_of(*node_, source)) throw_errno(ENOENT, "rename", label);
    if (child_of(*node_, target)) return false;
    require_rename(source, target, label);
    move_name(source, target);
    step.finish();
    return true;
  }

  bool unlink(std::string_view name) override {
    Lock const lock(state_->mutex);
    std::string const text = element(name);
    std::string const label = joined(path_, text);
    State::Step const step(*state_, Op::unlink, label, epoch_);
    NodePtr const child = child_of(*node_, text);
    if (!child) return false;
    if (child->kind == FileKind::directory) throw_errno(EISDIR, "unlink", label);
    state_->change_names(*node_, {{text, nullptr}});
    step.finish();
    return true;
  }

  bool remove_directory(std::string_view name) override {
    Lock const lock(state_->mutex);
    std::string const text = element(name);
    std::string const label = joined(path_, text);
    State::Step const step(*state_, Op::remove_directory, label, epoch_);
    NodePtr const child = child_of(*node_, text);
    if (!child) return false;
    if (child->kind != FileKind::directory) throw_errno(ENOTDIR, "remove directory", label);
    if (!child->entries.empty()) throw_errno(ENOTEMPTY, "remove directory", label);
    state_->change_names(*node_, {{text, nullptr}});
    step.finish();
    return true;
  }

  void sync() override {
    Lock const lock(state_->mutex);
    State::Step const step(*state_, Op::sync_directory, path_, epoch_);
    State::sync_directory(*node_);
    step.finish();
  }

  int native_handle() const noexcept override { return -1; }

 private:
  static NodePtr child_of(Node const& directory, std::string const& name) {
    auto const found = directory.entries.find(name);
    return found == directory.entries.end() ? nullptr : found->second;
  }

  [[nodiscard]] bool is_removed() const { return node_->nlink == 0; }

  void require_room_for_name(char const* operation, std::string const& label,
                             std::string const& name) const {
    if (name.size() > kNameBytesMax) throw_errno(ENAMETOOLONG, operation, label);
    bool const full = state_->bytes_max && state_->used_bytes >= *state_->bytes_max;
    if (full) throw_errno(ENOSPC, operation, label);
  }

  /// Walks from `node` beneath; sets it to what was found.
  static std::optional<OpenFailure> walk(NodePtr& node, RelativePath const& path) {
    std::uint64_t const dev = node->dev;
    for (std::string_view const name : path.elements()) {
      NodePtr const child = child_of(*node, std::string(name));
      if (!child) return OpenFailure::not_found;
      if (child->kind == FileKind::symlink) return OpenFailure::wrong_kind;
      if (child->kind != FileKind::directory) return OpenFailure::not_found;
      if (child->dev != dev) return OpenFailure::other_device;
      node = child;
    }
    return std::nullopt;
  }

  FileOrFailure open_regular(Node const& parent, std::string const& name, std::string const& label,
                             bool writable) const {
    NodePtr const child = child_of(parent, name);
    if (!child) return OpenFailure::not_found;
    if (child->kind != FileKind::regular) return OpenFailure::wrong_kind;
    return std::make_unique<MemoryFile>(state_, child, label, writable);
  }

  void write_unnamed(Node& node, std::string_view bytes, std::string const& label) {
    State::Step const step(*state_, Op::publish_write, label, epoch_);
    if (step.partly) bytes = bytes.substr(0, bytes.size() / 2);
    bool const fits = state_->append(node, bytes) == bytes.size();
    if (!fits) throw_errno(ENOSPC, "write", label);
    step.finish();
  }

  void require_rename(std::string const& source, std::string const& target,
                      std::string const& label) const {
    NodePtr const from = child_of(*node_, source);
    NodePtr const to = child_of(*node_, target);
    if (!from) throw_errno(ENOENT, "rename", label);
    if (target.size() > kNameBytesMax) throw_errno(ENAMETOOLONG, "rename", label);
    if (!to) return;
    bool const from_directory = from->kind == FileKind::directory;
    bool const to_directory = to->kind == FileKind::directory;
    if (from_directory && !to_directory) throw_errno(ENOTDIR, "rename", label);
    if (!from_directory && to_directory) throw_errno(EISDIR, "rename", label);
    if (to_directory && !to->entries.empty()) throw_errno(ENOTEMPTY, "rename", label);
  }

  void move_name(std::string const& source, std::string const& target) {
    NodePtr const node = child_of(*node_, source);
    if (node == child_of(*node_, target)) return;  // Two names of one file: nothing happens.
    state_->change_names(*node_, {{target, node}, {source, nullptr}});
  }

  std::shared_ptr<State> const state_;
  NodePtr const node_;
  std::string const path_;
  std::uint64_t const epoch_;
};

}  // namespace

std::unique_ptr<Directory> MemoryFileSystem::State::handle_of(std::shared_ptr<State> const& self,
                                                              NodePtr node,
                                                              std::string path) const {
  return std::make_unique<MemoryDirectory>(self, std::move(node), std::move(path));
}

}  // namespace govseal
