#include "tests/world/memory_git.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <utility>

namespace govseal {
namespace {

ObjectId git_id(ObjectKind kind, std::string_view raw) {
  constexpr std::array<char const*, 4> kNames = {"commit", "tree", "blob", "tag"};
  auto text = std::string(kNames.at(static_cast<std::size_t>(kind))) + ' ' +
              std::to_string(raw.size()) + '\0';
  text.append(raw);
  std::array<unsigned char, ObjectId::kSha1Bytes> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  return *ObjectId::from_raw({reinterpret_cast<char const*>(digest.data()), digest.size()});
}

std::uint32_t mode_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::regular:
      return 0100644;
    case EntryKind::executable:
      return 0100755;
    case EntryKind::symlink:
      return 0120000;
    case EntryKind::submodule:
      return 0160000;
    case EntryKind::tree:
      return 040000;
  }
  return 0;
}

std::string octal(std::uint32_t value) {
  std::string digits;
  for (; value != 0; value /= 8) digits.insert(digits.begin(), static_cast<char>('0' + value % 8));
  return digits;
}

/// git sorts directories as if their names ended in a slash.
std::string sort_key(TreeEntry const& entry) {
  return entry.kind == EntryKind::tree ? entry.name + '/' : entry.name;
}

}  // namespace

class MemoryGitReader final : public GitReader {
 public:
  explicit MemoryGitReader(std::shared_ptr<MemoryRepository> repository)
      : repository_(std::move(repository)), layout_(repository_->layout_) {}

  GitLayout const& layout() const override { return layout_; }

  GitHead head() override {
    auto lock = guard();
    GitHead head;
    auto found = repository_->references_.find("HEAD");
    if (found == repository_->references_.end()) return head;
    if (found->second.starts_with("ref: ")) head.branch = found->second.substr(5);
    auto target = repository_->resolve("HEAD");
    if (auto const* commit = std::get_if<CommitId>(&target)) head.commit = *commit;
    return head;
  }

  ReferenceTarget resolve_reference(std::string_view name) override {
    auto lock = guard();
    return repository_->resolve(std::string(name));
  }

  std::vector<std::pair<std::string, CommitId>> references() override {
    auto lock = guard();
    std::vector<std::pair<std::string, CommitId>> found;
    for (auto const& [name, value] : repository_->references_) {
      if (!name.starts_with("refs/")) continue;
      auto target = repository_->resolve(name);
      if (auto const* commit = std::get_if<CommitId>(&target)) found.emplace_back(name, *commit);
    }
    return found;
  }

  std::optional<CommitInfo> read_commit(CommitId const& id) override {
    auto lock = guard();
    auto const* object = repository_->find(id);
    if (object == nullptr || object->kind != ObjectKind::commit) return std::nullopt;
    auto info = object->commit;
    auto const& shallow = layout_.shallow;
    info.at_shallow_boundary =
        !info.parents.empty() && std::binary_search(shallow.begin(), shallow.end(), id);
    return info;
  }

  std::optional<std::vector<TreeEntry>> read_tree(ObjectId const& id) override {
    auto lock = guard();
    if (id == git_id(ObjectKind::tree, "")) return std::vector<TreeEntry>();
    auto const* object = repository_->find(id);
    if (object == nullptr || object->kind != ObjectKind::tree) return std::nullopt;
    return object->entries;
  }

  std::optional<BlobContent> read_blob(ObjectId const& id, std::uint64_t bytes_max) override {
    auto lock = guard();
    auto const* object = repository_->find(id);
    if (object == nullptr || object->kind != ObjectKind::blob) return std::nullopt;
    if (object->raw.size() > bytes_max) return TooLarge{object->raw.size()};
    return object->raw;
  }

  PrefixMatch find_object(std::string_view prefix) override {
    auto lock = guard();
    if (prefix.size() > 2 * ObjectId::kSha1Bytes) return NotFound::absent;
    std::string first(prefix);
    first.resize(2 * ObjectId::kSha1Bytes, '0');
    auto from = ObjectId::from_hex(first);
    PrefixMatch match = NotFound::absent;
    if (!from) return match;
    auto const& objects = repository_->objects_;
    for (auto at = objects.lower_bound(*from); at != objects.end(); ++at) {
      if (!at->first.hex().starts_with(prefix)) break;
      if (at->second.removed) continue;
      if (std::holds_alternative<FoundObject>(match)) return NotFound::ambiguous;
      match = FoundObject{at->first, at->second.kind};
    }
    return match;
  }

  bool is_ignored(std::string_view path) override {
    auto lock = guard();
    return !layout_.is_bare && repository_->ignored_.contains(std::string(path));
  }

  std::optional<std::string> remote_url(std::string_view remote) override {
    auto lock = guard();
    auto found = repository_->remotes_.find(std::string(remote));
    return found != repository_->remotes_.end() ? std::optional(found->second) : std::nullopt;
  }

 private:
  std::unique_lock<std::recursive_mutex> guard() const {
    return std::unique_lock(repository_->mutex_);
  }

  std::shared_ptr<MemoryRepository> repository_;
  GitLayout layout_;
};

MemoryRepository::MemoryRepository(std::string path, bool bare) {
  layout_.git_dir = bare ? path : path + "/.git";
  layout_.common_dir = layout_.git_dir;
  if (!bare) layout_.work_dir = std::move(path);
  layout_.is_bare = bare;
  references_["HEAD"] = "ref: refs/heads/main";
}

ObjectId MemoryRepository::store(Object object) {
  auto id = git_id(object.kind, object.raw);
  objects_.emplace(id, std::move(object));
  return id;
}

MemoryRepository::Object const* MemoryRepository::find(ObjectId const& id) const {
  auto found = objects_.find(id);
  return found != objects_.end() && !found->second.removed ? &found->second : nullptr;
}

ObjectId MemoryRepository::write_blob(std::string_view bytes) {
  std::unique_lock lock(mutex_);
  Object blob;
  blob.kind = ObjectKind::blob;
  blob.raw = bytes;
  return store(std::move(blob));
}

ObjectId MemoryRepository::write_tree(MemoryFiles const& files) {
  std::unique_lock lock(mutex_);
  return store_tree(files.begin(), files.end(), 0);
}

ObjectId MemoryRepository::store_tree(MemoryFiles::const_iterator first,
                                      MemoryFiles::const_iterator last, std::size_t depth) {
  Object tree;
  tree.kind = ObjectKind::tree;
  // Files of one directory may be split by a name like "a-b" between "a" and "a/", so names are
  // gathered before they are written.
  std::map<std::string, MemoryFiles> directories;
  for (; first != last; ++first) {
    auto rest = std::string_view(first->first).substr(depth);
    auto slash = rest.find('/');
    if (slash != std::string_view::npos) {
      directories[std::string(rest.substr(0, slash))].insert(*first);
      continue;
    }
    auto const& file = first->second;
    auto id = file.kind == EntryKind::submodule ? *ObjectId::from_hex(file.bytes)
                                                : write_blob(file.bytes);
    tree.entries.push_back({std::string(rest), file.kind, mode_of(file.kind), id});
  }
  for (auto const& [name, below] : directories) {
    auto id = store_tree(below.begin(), below.end(), depth + name.size() + 1);
    tree.entries.push_back({name, EntryKind::tree, mode_of(EntryKind::tree), id});
  }
  std::sort(tree.entries.begin(), tree.entries.end(),
            [](TreeEntry const& a, TreeEntry const& b) { return sort_key(a) < sort_key(b); });
  for (auto const& entry : tree.entries) {
    tree.raw += octal(entry.mode) + ' ' + entry.name + '\0';
    tree.raw += text_of(entry.id.raw());
  }
  return store(std::move(tree));
}

ObjectId MemoryRepository::write_tag(ObjectId const& target, ObjectKind kind,
                                     std::string const& name) {
  std::unique_lock lock(mutex_);
  constexpr std::array<char const*, 4> kNames = {"commit", "tree", "blob", "tag"};
  Object tag;
  tag.kind = ObjectKind::tag;
  tag.target = target;
  tag.raw = "object " + target.hex() + "\ntype " + kNames.at(static_cast<std::size_t>(kind)) +
            "\ntag " + name + "\ntagger Memory <memory@example.invalid> 0 +0000\n\n" + name + '\n';
  return store(std::move(tag));
}

CommitId MemoryRepository::commit(NewCommit const& what) {
  std::unique_lock lock(mutex_);
  Object object;
  object.kind = ObjectKind::commit;
  object.files = what.files;
  object.commit.parents = what.parents;
  object.commit.committed_s = what.committed_s;
  object.commit.subject = commit_subject(what.message);
  object.commit.tree = write_tree(what.files);
  auto who = "Memory <memory@example.invalid> " + std::to_string(what.committed_s) + " +0000\n";
  object.raw = "tree " + object.commit.tree.hex() + '\n';
  for (auto const& parent : what.parents) object.raw += "parent " + parent.hex() + '\n';
  object.raw += "author " + who + "committer " + who + '\n' + what.message;
  return store(std::move(object));
}

CommitId MemoryRepository::commit_on(
    std::string const& branch, std::map<std::string, std::optional<MemoryFile>> const& changes,
    std::string const& message, std::int64_t committed_s, std::vector<CommitId> const& merged) {
  std::unique_lock lock(mutex_);
  NewCommit next;
  next.message = message;
  next.committed_s = committed_s;
  if (auto tip = reference(branch)) {
    next.parents.push_back(*tip);
    next.files = files_of(*tip);
  }
  next.parents.insert(next.parents.end(), merged.begin(), merged.end());
  for (auto const& [path, file] : changes) {
    if (file) {
      next.files[path] = *file;
    } else {
      next.files.erase(path);
    }
  }
  auto id = commit(next);
  set_reference(branch, id);
  return id;
}

void MemoryRepository::set_reference(std::string const& name, ObjectId const& target) {
  std::unique_lock lock(mutex_);
  references_[name] = target.hex();
}

void MemoryRepository::set_symbolic(std::string const& name, std::string const& target) {
  std::unique_lock lock(mutex_);
  references_[name] = "ref: " + target;
}

void MemoryRepository::delete_reference(std::string const& name) {
  std::unique_lock lock(mutex_);
  references_.erase(name);
}

std::optional<ObjectId> MemoryRepository::reference(std::string const& name) const {
  std::unique_lock lock(mutex_);
  auto found = references_.find(name);
  return found != references_.end() ? ObjectId::from_hex(found->second) : std::nullopt;
}

ReferenceTarget MemoryRepository::resolve(std::string name) const {
  for (int links = 0; links < 10; ++links) {
    auto found = references_.find(name);
    if (found == references_.end()) return NoReference::absent;
    if (found->second.starts_with("ref: ")) {
      name = found->second.substr(5);
      continue;
    }
    auto id = *ObjectId::from_hex(found->second);
    auto const* object = find(id);
    while (object != nullptr && object->kind == ObjectKind::tag) {
      id = object->target;
      object = find(id);
    }
    if (object == nullptr) return NoReference::broken;
    if (object->kind != ObjectKind::commit) return NoReference::not_a_commit;
    return id;
  }
  return NoReference::broken;
}

void MemoryRepository::remove_object(ObjectId const& id) {
  std::unique_lock lock(mutex_);
  objects_.at(id).removed = true;
}

void MemoryRepository::restore_object(ObjectId const& id) {
  std::unique_lock lock(mutex_);
  objects_.at(id).removed = false;
}

void MemoryRepository::set_shallow(std::vector<CommitId> boundary) {
  std::unique_lock lock(mutex_);
  std::sort(boundary.begin(), boundary.end());
  layout_.shallow = std::move(boundary);
}

void MemoryRepository::set_ignored(std::string const& path, bool ignored) {
  std::unique_lock lock(mutex_);
  if (ignored) {
    ignored_.insert(path);
  } else {
    ignored_.erase(path);
  }
}

void MemoryRepository::set_remote(std::string const& name, std::string const& url) {
  std::unique_lock lock(mutex_);
  remotes_[name] = url;
}

MemoryFiles MemoryRepository::files_of(CommitId const& commit) const {
  std::unique_lock lock(mutex_);
  return objects_.at(commit).files;
}

std::map<ObjectId, MemoryRepository::Object> MemoryRepository::objects() const {
  std::unique_lock lock(mutex_);
  auto copy = objects_;
  std::erase_if(copy, [](auto const& item) { return item.second.removed; });
  return copy;
}

std::map<std::string, std::string> MemoryRepository::raw_references() const {
  std::unique_lock lock(mutex_);
  return references_;
}

MemoryRepository& MemoryGitOpener::add(std::string const& path, bool bare) {
  std::unique_lock lock(mutex_);
  unreadable_.erase(path);
  auto& slot = repositories_[path];
  slot = std::make_shared<MemoryRepository>(path, bare);
  return *slot;
}

void MemoryGitOpener::set_unreadable(std::string const& path, Unreadable why) {
  std::unique_lock lock(mutex_);
  unreadable_[path] = std::move(why);
}

void MemoryGitOpener::remove(std::string const& path) {
  std::unique_lock lock(mutex_);
  repositories_.erase(path);
  unreadable_.erase(path);
}

OpenedRepository MemoryGitOpener::open(std::string const& path) const {
  std::unique_lock lock(mutex_);
  auto unreadable = unreadable_.find(path);
  if (unreadable != unreadable_.end()) return unreadable->second;
  auto found = repositories_.find(path);
  if (found == repositories_.end()) {
    return Unreadable{Unreadable::Kind::not_found, "no repository at " + path};
  }
  return std::make_unique<MemoryGitReader>(found->second);
}

}  // namespace govseal
