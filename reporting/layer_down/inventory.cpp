#include "reporting/layer_down/inventory.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/json.h"
#include "reporting/layer_down/markdown.h"

namespace govseal {
namespace {

bool is_hex_of(std::string_view text, std::size_t size) {
  return text.size() == size &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string text_member(JsonValue const& object, std::string_view key) {
  auto const* text = object.find_string(key);
  return text != nullptr ? *text : std::string();
}

bool names_commit(JsonValue const& object) {
  auto const* commit = object.find_string("canonical_commit");
  return commit != nullptr && is_hex_of(*commit, 40);
}

InventoryEntry read_entry(JsonValue const& object) {
  InventoryEntry entry;
  entry.path = text_member(object, "path");
  entry.layer_down_status = text_member(object, "layer_down_status");
  entry.filename = text_member(object, "filename");
  entry.version = text_member(object, "version");
  entry.type = text_member(object, "type");
  auto const* full = object.find_string("file_hash_sha256");
  auto const* plain = object.find_string("file_hash");
  if (full != nullptr) {
    entry.hash = *full;
    if (plain != nullptr) entry.other_hash = *plain;
  } else if (plain != nullptr) {
    entry.hash = *plain;
  }
  return entry;
}

void read_array(JsonValue::Array const& canons, Inventory& inventory) {
  for (auto const& canon : canons) {
    inventory.entries.push_back(read_entry(canon));
    inventory.has_canonical_commit = inventory.has_canonical_commit || names_commit(canon);
  }
}

/// `artifacts` as an object: path -> hash or {sha256}.
void read_object(JsonValue::Object const& artifacts, Inventory& inventory) {
  for (auto const& [path, value] : artifacts) {
    auto entry = read_entry(value);
    entry.path = path;
    if (auto const* hash = value.as_string()) entry.hash = *hash;
    if (auto const* hash = value.find_string("sha256")) entry.hash = *hash;
    inventory.entries.push_back(std::move(entry));
    inventory.has_canonical_commit = inventory.has_canonical_commit || names_commit(value);
  }
}

class Checker {
 public:
  explicit Checker(FileDigest const& digest_of) : digest_of_(digest_of) {}

  void add(char const* code, std::optional<std::string> path) {
    findings_.push_back({std::string("inventory.") + code, std::move(path)});
  }

  void check(InventoryEntry const& entry) {
    if (!is_inventory_path(entry.path)) return add("path_invalid", entry.path);
    if (!named_.insert(entry.path).second) return add("duplicate", entry.path);
    if (entry.other_hash && entry.hash != entry.other_hash) add("hash_fields_differ", entry.path);
    bool real = is_real_hash(entry.hash);
    if (!real) add("placeholder", entry.path);
    auto digest = digest_of_(entry.path);
    if (auto const* none = std::get_if<NoDigest>(&digest)) {
      if (*none == NoDigest::absent) add("file_missing", entry.path);
      return;
    }
    if (real && std::get<Digest>(digest).hex() != *entry.hash) add("hash_mismatch", entry.path);
  }

  void check_listed(std::vector<std::string> const& canon_files) {
    for (auto const& path : canon_files) {
      if (!named_.contains(path)) add("unlisted", path);
    }
  }

  std::vector<InventoryFinding> take() {
    sort_findings(findings_);
    return std::move(findings_);
  }

 private:
  FileDigest const& digest_of_;
  std::set<std::string> named_;
  std::vector<InventoryFinding> findings_;
};

}  // namespace

std::optional<Inventory> parse_inventory(std::string_view text) {
  auto parsed = parse_json(text, {.allow_duplicate_keys = true});
  auto const* value = std::get_if<JsonValue>(&parsed);
  if (value == nullptr) return std::nullopt;
  Inventory inventory;
  auto const* canons = value->find("canons");
  auto const* artifacts = value->find("artifacts");
  if (canons != nullptr && canons->as_array() != nullptr) {
    read_array(*canons->as_array(), inventory);
    inventory.total_expected = true;
  } else if (artifacts != nullptr && artifacts->as_array() != nullptr) {
    read_array(*artifacts->as_array(), inventory);
  } else if (artifacts != nullptr && artifacts->as_object() != nullptr) {
    read_object(*artifacts->as_object(), inventory);
  } else {
    return std::nullopt;
  }
  inventory.total_canons = value->find_int("total_canons");
  inventory.total_expected = inventory.total_expected || value->find("total_canons") != nullptr;
  inventory.has_canonical_commit = inventory.has_canonical_commit || names_commit(*value);
  return inventory;
}

bool is_inventory_path(std::string_view path) noexcept {
  if (path.empty() || path.find('\\') != std::string_view::npos) return false;
  for (;;) {
    auto slash = path.find('/');
    auto element = path.substr(0, slash);
    if (element.empty() || element == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool is_real_hash(std::optional<std::string> const& hash) noexcept {
  return hash && is_hex_of(*hash, 64) && hash->find_first_not_of('0') != std::string::npos;
}

void sort_findings(std::vector<InventoryFinding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](auto const& a, auto const& b) {
    return std::tie(a.code, a.path) < std::tie(b.code, b.path);
  });
}

std::vector<InventoryFinding> check_inventory(std::optional<std::string_view> text,
                                              FileDigest const& digest_of,
                                              std::vector<std::string> const& canon_files) {
  Checker checker(digest_of);
  auto inventory = text ? parse_inventory(*text) : std::nullopt;
  if (!inventory) {
    checker.add("unreadable", std::nullopt);
    return checker.take();
  }
  if (inventory->total_expected &&
      inventory->total_canons != static_cast<std::int64_t>(inventory->entries.size())) {
    checker.add("count_mismatch", std::nullopt);
  }
  if (!inventory->has_canonical_commit) checker.add("commit_absent", std::nullopt);
  for (auto const& entry : inventory->entries) checker.check(entry);
  checker.check_listed(canon_files);
  return checker.take();
}

std::vector<IndexRow> parse_agent_index(std::string_view text) {
  std::vector<IndexRow> rows;
  for (auto const& table : markdown_tables(markdown_lines(text))) {
    for (auto const& cells : table.rows) {
      if (cells.size() < 3) continue;
      IndexRow row{plain_cell(cells[1]), lower_ascii(plain_cell(cells[2]))};
      if (is_inventory_path(row.path) && row.path.find('/') != std::string::npos) {
        rows.push_back(std::move(row));
      }
    }
  }
  return rows;
}

std::vector<InventoryFinding> check_agent_index(std::string_view text,
                                                FileDigest const& digest_of) {
  std::vector<InventoryFinding> findings;
  for (auto const& row : parse_agent_index(text)) {
    auto digest = digest_of(row.path);
    if (auto const* none = std::get_if<NoDigest>(&digest)) {
      if (*none == NoDigest::absent) findings.push_back({"agent_index.file_missing", row.path});
    } else if (std::get<Digest>(digest).hex() != row.hash) {
      findings.push_back({"agent_index.mismatch", row.path});
    }
  }
  sort_findings(findings);
  return findings;
}

}  // namespace govseal
