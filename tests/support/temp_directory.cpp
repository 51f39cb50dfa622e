#include "tests/support/temp_directory.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/error.h"

namespace govseal {
namespace {

namespace fs = std::filesystem;

/// An ordinary user cannot remove what is in a directory without the right to write.
void make_removable(fs::path const& path) {
  std::error_code ignored;
  if (!fs::is_directory(fs::symlink_status(path, ignored))) return;
  fs::permissions(path, fs::perms::owner_all, fs::perm_options::add, ignored);
  for (auto const& entry : fs::directory_iterator(path, ignored)) make_removable(entry.path());
}

}  // namespace

TempDirectory::TempDirectory() {
  char const* const base = std::getenv("TMPDIR");
  std::string text = fs::canonical(base != nullptr && *base != '\0' ? base : "/tmp").string();
  text += "/govseal-test-XXXXXX";
  if (::mkdtemp(text.data()) == nullptr) throw_errno("mkdtemp", text);
  path_ = text;
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  make_removable(path_);
  fs::remove_all(path_, ignored);
}

std::string TempDirectory::operator/(std::string_view below) const {
  return path_ + "/" + std::string(below);
}

std::string TempDirectory::write(std::string_view below, std::string_view bytes) const {
  fs::path const path = *this / below;
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) throw_errno("write", path.string());
  return path.string();
}

std::string TempDirectory::read(std::string_view below) const {
  std::ifstream in(*this / below, std::ios::binary);
  if (!in) throw_errno("open", *this / below);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace govseal
