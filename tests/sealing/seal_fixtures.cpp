#include "tests/sealing/seal_fixtures.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <variant>

#include "base/bytes.h"
#include "sealing/tree_hasher.h"
#include "sealing/tree_scan.h"

namespace govseal {
namespace {

namespace fs = std::filesystem;

std::string read_file(fs::path const& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void write_file(fs::path const& path, std::string const& bytes) {
  std::ofstream out(path, std::ios::binary);
  out << bytes;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + path.string());
}

JsonValue parse_file(fs::path const& path) {
  auto parsed = parse_json(read_file(path));
  if (!std::holds_alternative<JsonValue>(parsed))
    throw std::runtime_error("no JSON: " + path.string());
  return std::get<JsonValue>(std::move(parsed));
}

fs::path fixtures() {
  return fs::path(GOVSEAL_SOURCE_DIR) / "tests/fixtures/seal_cases";
}

std::string bytes_of_entry(JsonValue const& entry) {
  if (auto const* text = entry.find_string("text")) return *text;
  return from_hex(*entry.find_string("hex")).value();
}

void make_entry(fs::path const& base, JsonValue const& entry) {
  std::string const* const name = entry.find_string("path");
  std::string const relative = name != nullptr ? *name : *from_hex(*entry.find_string("path_hex"));
  fs::path const path = base / relative;
  fs::create_directories(path.parent_path());
  if (entry.find("text") != nullptr || entry.find("hex") != nullptr) {
    std::string const bytes = bytes_of_entry(entry);
    if (!path.is_absolute() || !fs::exists(path) || read_file(path) != bytes) {
      write_file(path, bytes);
    }
  } else if (entry.find("dir") != nullptr) {
    fs::create_directories(path);
  } else if (auto const* target = entry.find_string("symlink")) {
    fs::create_symlink(*target, path);
  } else if (entry.find("fifo") != nullptr) {
    if (::mkfifo(path.c_str(), 0644) != 0) throw std::runtime_error("mkfifo");
  } else if (auto const* existing = entry.find_string("hardlink")) {
    fs::create_hard_link(base / *existing, path);
  }
  if (auto const* mode = entry.find_string("mode")) {
    auto const bits = static_cast<mode_t>(std::strtoul(mode->c_str(), nullptr, 8));
    if (::chmod(path.c_str(), bits) != 0) throw std::runtime_error("chmod");
  }
}

void make_entries(fs::path const& base, JsonValue const* entries) {
  if (entries == nullptr) return;
  for (JsonValue const& entry : *entries->as_array()) make_entry(base, entry);
}

}  // namespace

SealFixtures const& SealFixtures::get() {
  static SealFixtures const fixtures;
  return fixtures;
}

SealFixtures::SealFixtures() : expected_(parse_file(fixtures() / "expected.json")) {
  fs::copy(fixtures() / "folders", fs::path(directory_.path()) / "folders",
           fs::copy_options::recursive);
  for (auto const& [name, facts] : *expected_.find("cases")->as_object()) {
    names_.push_back(name);
    if (*facts.find_string("source") == "recipe") build_recipe(name);
  }
}

void SealFixtures::build_recipe(std::string const& name) {
  fs::path const top = directory_.path();
  JsonValue const recipe = parse_file(fixtures() / "recipes" / name / "recipe.json");
  make_entries(top, recipe.find("outside"));
  fs::create_directories(top / "folders" / name);
  make_entries(top / "folders" / name, recipe.find("entries"));
}

JsonValue const& SealFixtures::expected(std::string const& name) const {
  return *expected_.find("cases")->find(name);
}

std::string SealFixtures::folder(std::string const& name) const {
  return directory_ / ("folders/" + name);
}

std::unique_ptr<Directory> open_folder(std::string const& absolute_path) {
  return std::get<std::unique_ptr<Directory>>(DiskFileSystem().open_directory(absolute_path));
}

FolderVerdict verify_path(std::string const& absolute_path, VerifyOptions options) {
  if (options.folder_name.empty()) options.folder_name = fs::path(absolute_path).filename();
  auto const folder = open_folder(absolute_path);
  return std::get<FolderVerdict>(
      verify_folder(DiskFileSystem(), *folder, options, test_pool(), {}));
}

SealBytes seal_of(std::string const& absolute_path, unsigned hash_threads) {
  auto const folder = open_folder(absolute_path);
  TreeScan const scan = scan_tree(*folder, {}, {});
  std::vector<HashJob> jobs;
  for (ScanEntry const& entry : scan.entries) {
    if (entry.stat.kind != FileKind::regular || is_seal_file(entry.path.str())) continue;
    jobs.push_back({entry.path, entry.stat});
  }
  auto const digests = std::get<std::vector<Digest>>(
      hash_tree(*folder, jobs, test_pool(), {.width = hash_threads}, {}));
  std::vector<ManifestEntry> entries;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    entries.push_back({jobs[i].path.str(), jobs[i].expected.size, digests[i]});
  }
  return make_seal_bytes(std::move(entries));
}

void write_seal(TempDirectory const& directory, std::string const& folder) {
  SealBytes const seal = seal_of(directory / folder, 2);
  directory.write(folder + "/manifest.json", seal.manifest_json);
  directory.write(folder + "/MANIFEST.sha256", seal.hashfile);
}

TaskPool& test_pool() {
  static ThreadPool pool(3);
  return pool;
}

}  // namespace govseal
