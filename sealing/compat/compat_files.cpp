#include "sealing/compat/compat_files.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "sealing/compat/outside_file.h"
#include "sealing/compat/python_text.h"

namespace govseal {
namespace {

using Kind = CompatObject::Kind;

constexpr std::size_t kPathBytesMax = 4095;
constexpr std::size_t kNameBytesMax = 255;

/// The elements of a path, without empty ones and `.`.
std::vector<std::string> elements_of(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    auto const end = std::min(path.find('/'), path.size());
    std::string_view const element = path.substr(0, end);
    if (!element.empty() && element != ".") out.emplace_back(element);
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return out;
}

std::string joined(std::vector<std::string> const& elements) {
  std::string out;
  for (std::string const& element : elements) {
    if (!out.empty()) out += '/';
    out += element;
  }
  return out;
}

bool has_symlink(TreeScan const& scan) {
  return std::any_of(scan.entries.begin(), scan.entries.end(),
                     [](ScanEntry const& entry) { return entry.stat.kind == FileKind::symlink; });
}

}  // namespace

CompatFiles::CompatFiles(FileSystem const& files, FolderReader& strict, bool allow_outside)
    : files_(files),
      allow_outside_(allow_outside && strict.folder().native_handle() >= 0),
      reader_(&strict) {
  if (strict.scan().bad_names.empty() || strict.scan().too_many) return;
  every_name_ = scan_tree(strict.folder(), {.any_name = true}, strict.stop());
  known_ = [&strict](std::string_view path, FileStat const& stat) -> std::optional<Digest> {
    ScanEntry const* const entry = strict.scan().find(path);
    return entry != nullptr && entry->stat == stat ? strict.digest(*entry) : std::nullopt;
  };
  own_ = std::make_unique<FolderReader>(strict.folder(), every_name_, strict.options(), known_,
                                        strict.pool(), strict.stop());
  reader_ = own_.get();
}

std::optional<std::string> CompatFiles::obstacle() const {
  TreeScan const& scan = reader_->scan();
  if (scan.too_many || !scan.too_deep.empty()) return "too_many";
  if (!allow_outside_ && (has_symlink(scan) || !scan.mounts.empty())) return "outside_folder";
  return std::nullopt;
}

bool CompatFiles::is_mount(RelativePath const& path) const {
  auto const& mounts = reader_->scan().mounts;
  return std::binary_search(mounts.begin(), mounts.end(), path);
}

CompatObject CompatFiles::follow(std::string path) const {
  if (!allow_outside_) return {Kind::outside, 0, nullptr, {}};
  OutsideStat const found = find_outside(reader_->folder(), path);
  switch (found.kind) {
    case OutsideKind::nothing:
      return {};
    case OutsideKind::regular:
      return {Kind::regular, found.size, nullptr, std::move(path)};
    case OutsideKind::other:
      return {Kind::other, 0, nullptr, {}};
    case OutsideKind::unusable:
      return {Kind::unusable, 0, nullptr, {}};
  }
  return {};
}

CompatObject CompatFiles::find(std::string_view text) {
  auto const path = name_bytes(text);
  if (!path) return {};
  std::vector<std::string> const elements = elements_of(*path);
  bool const upwards = std::find(elements.begin(), elements.end(), "..") != elements.end();
  if (upwards || path->starts_with('/')) return follow(*path);
  if (elements.empty()) return {Kind::other, 0, nullptr, {}};
  std::string const plain = joined(elements);
  if (plain.size() > kPathBytesMax) return {Kind::unusable, 0, nullptr, {}};
  ScanEntry const* const entry = reader_->regular(plain);
  if (entry != nullptr) return {Kind::regular, entry->stat.size, entry, {}};
  return find_by_steps(elements, plain);
}

CompatObject CompatFiles::find_by_steps(std::vector<std::string> const& elements,
                                        std::string const& path) {
  RelativePath reached;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (elements[i].size() > kNameBytesMax) return {Kind::unusable, 0, nullptr, {}};
    reached = reached / elements[i];
    ScanEntry const* const entry = reader_->scan().find(reached.str());
    if (entry == nullptr) return {};
    bool const last = i + 1 == elements.size();
    switch (entry->stat.kind) {
      case FileKind::directory:
        if (!last && is_mount(reached)) return follow(path);
        break;
      case FileKind::symlink:
        return follow(path);
      case FileKind::regular:
      case FileKind::special:
        if (!last) return {};
        break;
    }
  }
  return {Kind::other, 0, nullptr, {}};
}

std::optional<std::string> CompatFiles::read(CompatObject const& object, std::uint64_t bytes_max) {
  if (object.entry == nullptr) return read_outside(reader_->folder(), object.outside, bytes_max);
  std::string const* const bytes = reader_->content(object.entry->path.str(), bytes_max);
  return bytes == nullptr ? std::nullopt : std::optional(*bytes);
}

void CompatFiles::hash(std::vector<CompatObject> const& objects) {
  std::vector<ScanEntry const*> entries;
  for (CompatObject const& object : objects) {
    if (object.entry != nullptr) entries.push_back(object.entry);
  }
  std::sort(entries.begin(), entries.end());
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
  reader_->hash(entries);
}

std::optional<Digest> CompatFiles::digest(CompatObject const& object) {
  if (object.entry != nullptr) return reader_->digest_of(*object.entry);
  return hash_outside(reader_->folder(), object.outside, reader_->stop());
}

void CompatFiles::add_regular(std::vector<std::string>& out, TreeScan const& scan,
                              RelativePath const& prefix) const {
  for (ScanEntry const& entry : scan.entries) {
    bool leads = entry.stat.kind == FileKind::regular;
    RelativePath const path = prefix / entry.path;
    if (entry.stat.kind == FileKind::symlink) leads = follow(path.str()).kind == Kind::regular;
    if (leads) out.push_back(name_text(path.str()));
  }
  for (RelativePath const& mount : scan.mounts) {
    RelativePath const path = prefix / mount;
    // The held directory does not lead across mount points; its descriptor's name does.
    std::string const name =
        "/proc/self/fd/" + std::to_string(reader_->folder().native_handle()) + "/" + path.str();
    auto opened = files_.open_directory(name);
    auto const* const directory = std::get_if<std::unique_ptr<Directory>>(&opened);
    if (directory == nullptr) continue;
    add_regular(out, scan_tree(**directory, {.any_name = true}, reader_->stop()), path);
  }
}

std::vector<std::string> CompatFiles::regular_files() {
  std::vector<std::string> out;
  add_regular(out, reader_->scan(), {});
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace govseal
