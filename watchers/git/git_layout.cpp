#include "watchers/git/git_layout.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "watchers/git/lib_git2_handles.h"

// libgit2's own search is not used: it gives up on every extension it does not know, also on those
// that change nothing for a reader, it opens whatever a stranger left in the place of a file, and
// its check of extensions loses memory for each configuration entry of the repository (its
// git_regexp_match() does not free what a failed match took).

namespace govseal {
namespace {

namespace fs = std::filesystem;
using namespace libgit2;
using Kind = Unreadable::Kind;

// What repositories may say with format version 1. Object format and reference storage are looked
// at by who opens the repository, the others change nothing for readers.
constexpr std::array<std::string_view, 6> kKnownExtensions = {
    "partialclone", "preciousobjects",   "worktreeconfig",
    "refstorage",   "relativeworktrees", "objectformat"};

std::optional<std::string> real_path(std::string const& path) {
  std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr),
                                                       std::free);
  if (!resolved) return std::nullopt;
  return std::string(resolved.get());
}

std::string first_line(std::string const& text) {
  auto line = text.substr(0, text.find('\n'));
  while (line.ends_with('\r') || line.ends_with(' ')) line.pop_back();
  return line;
}

std::optional<std::string> resolved_from(std::string const& directory, std::string const& path) {
  return real_path(path.starts_with('/') ? path : directory + '/' + path);
}

bool is_directory(std::string const& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool is_git_dir(std::string const& path) {
  struct stat status {};
  if (::lstat((path + "/HEAD").c_str(), &status) != 0) return false;
  auto common = read_small_file(path + "/commondir");
  auto top = common.empty() ? std::optional(path) : resolved_from(path, first_line(common));
  return top && is_directory(*top + "/objects") && is_directory(*top + "/refs");
}

/// The git directory that `.git` in `path` is or names.
std::optional<std::string> git_dir_below(std::string const& path) {
  constexpr std::string_view kLink = "gitdir: ";
  auto dot_git = path + "/.git";
  if (is_directory(dot_git)) return real_path(dot_git);
  auto link = first_line(read_small_file(dot_git));
  if (!link.starts_with(kLink)) return std::nullopt;
  return resolved_from(path, link.substr(kLink.size()));
}

/// A name that will be opened and is no regular file.
std::optional<std::string> special_file(GitLayout const& layout) {
  for (auto const* directory : {&layout.git_dir, &layout.common_dir}) {
    for (auto const* name : {"HEAD", "config", "config.worktree", "packed-refs", "commondir",
                             "shallow", "objects/info/alternates"}) {
      auto path = *directory + '/' + name;
      if (is_special(path)) return path;
    }
  }
  return std::nullopt;
}

/// One configuration file; a file that is not there is empty.
class ConfigFile {
 public:
  static std::variant<ConfigFile, Unreadable> open(std::string const& path) {
    git_config* raw = nullptr;
    git_config* raw_snapshot = nullptr;
    if (git_config_open_ondisk(&raw, path.c_str()) != 0) {
      return Unreadable{Kind::failed, path + ": " + last_message()};
    }
    Config config(raw);
    if (git_config_snapshot(&raw_snapshot, config.get()) != 0) {
      return Unreadable{Kind::failed, path + ": " + last_message()};
    }
    return ConfigFile(Config(raw_snapshot));
  }

  std::optional<std::string> text(char const* key) const {
    char const* value = nullptr;
    if (git_config_get_string(&value, config_.get(), key) != 0 || value == nullptr) {
      return std::nullopt;
    }
    return std::string(value);
  }

  std::optional<bool> flag(char const* key) const {
    int value = 0;
    if (git_config_get_bool(&value, config_.get(), key) != 0) return std::nullopt;
    return value != 0;
  }

  std::int64_t number(char const* key) const {
    std::int64_t value = 0;
    git_config_get_int64(&value, config_.get(), key);
    return value;
  }

  std::optional<std::string> unknown_extension() const {
    std::optional<std::string> found;
    git_config_foreach(config_.get(), note_unknown, &found);
    return found;
  }

 private:
  explicit ConfigFile(Config config) : config_(std::move(config)) {}

  static int note_unknown(git_config_entry const* entry, void* found) {
    constexpr std::string_view kSection = "extensions.";
    std::string_view name = entry->name;
    if (!name.starts_with(kSection)) return 0;
    name.remove_prefix(kSection.size());
    if (std::find(kKnownExtensions.begin(), kKnownExtensions.end(), name) ==
        kKnownExtensions.end()) {
      *static_cast<std::optional<std::string>*>(found) = std::string(name);
    }
    return 0;
  }

  Config config_;
};

std::optional<Unreadable> check_version(ConfigFile const& config) {
  auto version = config.number("core.repositoryformatversion");
  if (version > 1) {
    return Unreadable{Kind::unsupported, "repository format version " + std::to_string(version)};
  }
  auto unknown = version == 1 ? config.unknown_extension() : std::nullopt;
  if (unknown) return Unreadable{Kind::unsupported, "unknown extension " + *unknown};
  return std::nullopt;
}

/// What decides about the work tree, in the order in which git asks.
struct WorkTreeFacts {
  std::string path;  // that was opened
  bool opened_git_dir = false;
  std::optional<bool> bare;              // core.bare
  std::optional<std::string> work_tree;  // core.worktree
};

std::string parent_of(std::string const& path) {
  return path.substr(0, path.rfind('/'));
}

std::optional<std::string> find_work_dir(GitLayout const& layout, WorkTreeFacts const& facts) {
  bool linked = layout.git_dir != layout.common_dir;
  if (facts.work_tree) return resolved_from(layout.git_dir, *facts.work_tree);
  if (facts.bare.value_or(false) && !linked) return std::nullopt;
  if (!facts.opened_git_dir) return facts.path;
  if (linked) {
    auto link = first_line(read_small_file(layout.git_dir + "/gitdir"));
    return link.empty() ? std::nullopt : std::optional(parent_of(link));
  }
  // git takes a directory that is not called .git for bare when nothing else is said.
  if (facts.bare || layout.git_dir.ends_with("/.git")) return parent_of(layout.git_dir);
  return std::nullopt;
}

std::vector<std::string> directories_in(std::string const& path) {
  std::vector<std::string> names;
  std::error_code failure;
  fs::directory_iterator entry(path, failure);
  for (; !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
    if (entry->is_directory(failure)) names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<Unreadable> read_config(GitLayout& layout, WorkTreeFacts& facts) {
  auto opened = ConfigFile::open(layout.common_dir + "/config");
  if (auto* why = std::get_if<Unreadable>(&opened)) return std::move(*why);
  auto const& config = std::get<ConfigFile>(opened);
  if (auto why = check_version(config)) return why;
  layout.object_format = config.text("extensions.objectformat").value_or("sha1");
  layout.ref_format = config.text("extensions.refstorage").value_or("files");
  facts.bare = config.flag("core.bare");
  if (layout.git_dir == layout.common_dir) facts.work_tree = config.text("core.worktree");
  if (!config.flag("extensions.worktreeconfig").value_or(false)) return std::nullopt;

  auto own = ConfigFile::open(layout.git_dir + "/config.worktree");
  if (auto* why = std::get_if<Unreadable>(&own)) return std::move(*why);
  auto const& more = std::get<ConfigFile>(own);
  if (auto bare = more.flag("core.bare")) facts.bare = bare;
  if (auto work_tree = more.text("core.worktree")) facts.work_tree = work_tree;
  return std::nullopt;
}

}  // namespace

std::string libgit2::read_small_file(std::string const& path) {
  constexpr std::size_t kBytesMax = 16U << 20U;
  std::string text;
  if (is_special(path)) return text;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                       std::fclose);
  std::array<char, 4096> buffer{};
  while (file && text.size() < kBytesMax) {
    auto count = std::fread(buffer.data(), 1, buffer.size(), file.get());
    if (count == 0) break;
    text.append(buffer.data(), count);
  }
  return text;
}

std::vector<CommitId> libgit2::read_shallow(std::string const& common_dir) {
  std::vector<CommitId> boundary;
  auto text = read_small_file(common_dir + "/shallow");
  std::string_view rest = text;
  while (!rest.empty()) {
    auto end = rest.find('\n');
    if (auto id = ObjectId::from_hex(rest.substr(0, end))) boundary.push_back(*id);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  std::sort(boundary.begin(), boundary.end());
  return boundary;
}

std::variant<GitLayout, Unreadable> find_git_layout(std::string const& path) {
  WorkTreeFacts facts;
  auto top = real_path(path);
  if (!top) {
    bool absent = errno == ENOENT || errno == ENOTDIR;
    return Unreadable{absent ? Kind::not_found : Kind::failed, path + ": " + std::strerror(errno)};
  }
  facts.path = *top;
  errno = 0;
  facts.opened_git_dir = is_git_dir(*top);
  auto git_dir = facts.opened_git_dir ? top : git_dir_below(*top);
  if (!git_dir || !is_git_dir(*git_dir)) {
    if (errno == EACCES) return Unreadable{Kind::failed, path + ": permission denied"};
    return Unreadable{Kind::not_found, "no repository at " + path};
  }

  GitLayout layout;
  layout.git_dir = *git_dir;
  auto common = first_line(read_small_file(*git_dir + "/commondir"));
  auto common_dir = common.empty() ? git_dir : resolved_from(*git_dir, common);
  if (!common_dir) return Unreadable{Kind::failed, *git_dir + "/commondir names no directory"};
  layout.common_dir = *common_dir;
  if (auto special = special_file(layout)) {
    return Unreadable{Kind::failed, *special + " is no regular file"};
  }
  if (auto why = read_config(layout, facts)) return std::move(*why);
  layout.work_dir = find_work_dir(layout, facts);
  layout.is_bare = !layout.work_dir;
  layout.worktrees = directories_in(layout.common_dir + "/worktrees");
  layout.shallow = read_shallow(layout.common_dir);
  return layout;
}

}  // namespace govseal
