// Children are found through one hash table for the whole tree (open addressing with linear
// probing; deletion moves later entries back, so there are no tombstones), because a run root may
// hold hundreds of thousands of folders. Sibling links serve the walks downwards.
#include "watchers/directory_tree.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace govseal {
namespace {

std::size_t hash_of(DirectoryTree::Node parent, std::string_view name) noexcept {
  std::size_t const mixed = std::hash<std::string_view>{}(name) ^ (parent * 0x9E37'79B9'7F4A'7C15U);
  return mixed ^ (mixed >> 32U);
}

}  // namespace

void DirectoryTree::make_root() {
  GOVSEAL_ASSERT(nodes_.empty());
  Node const root = take_node();
  GOVSEAL_ASSERT(root == kRoot);
}

DirectoryTree::Node DirectoryTree::add(Node parent, std::string_view name) {
  if (Node const known = find(parent, name); known != kNone) return known;
  Node const node = take_node();
  nodes_[node].name = name;
  link(node, parent);
  return node;
}

DirectoryTree::Node DirectoryTree::find(Node parent, std::string_view name) const noexcept {
  if (table_.empty()) return kNone;
  return table_[slot_of(parent, name)];
}

void DirectoryTree::detach(Node node) {
  GOVSEAL_ASSERT(node != kRoot);
  unlink(node);
}

void DirectoryTree::attach(Node node, Node parent, std::string_view name) {
  GOVSEAL_ASSERT(nodes_[node].parent == kNone && find(parent, name) == kNone);
  nodes_[node].name = name;
  link(node, parent);
}

void DirectoryTree::remove(Node node, std::function<void(Node)> const& removed) {
  if (node != kRoot && nodes_[node].parent != kNone) unlink(node);
  std::vector<Node> waiting{node};
  while (!waiting.empty()) {
    Node const next = waiting.back();
    waiting.pop_back();
    for (Node const child : children(next)) {
      unlink(child);
      waiting.push_back(child);
    }
    removed(next);
    free_node(next);
  }
}

std::optional<RelativePath> DirectoryTree::path(Node node) const {
  std::vector<std::string_view> names;
  for (; node != kRoot; node = nodes_[node].parent) {
    if (nodes_[node].parent == kNone) return std::nullopt;
    names.push_back(nodes_[node].name);
  }
  std::string text;
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    if (!text.empty()) text += '/';
    text += *name;
  }
  return RelativePath::parse(text);
}

unsigned DirectoryTree::depth(Node node) const noexcept {
  unsigned levels = 0;
  for (; nodes_[node].parent != kNone; node = nodes_[node].parent) ++levels;
  return levels;
}

std::vector<DirectoryTree::Node> DirectoryTree::children(Node node) const {
  std::vector<Node> found;
  for (Node child = nodes_[node].first_child; child != kNone; child = nodes_[child].next) {
    found.push_back(child);
  }
  return found;
}

DirectoryTree::Node DirectoryTree::find(Handle handle) const noexcept {
  if (handle.node >= nodes_.size()) return kNone;
  return nodes_[handle.node].serial == handle.serial ? handle.node : kNone;
}

void DirectoryTree::for_each(std::function<void(Node)> const& visit) const {
  for (Node node = 0; node < nodes_.size(); ++node) {
    if (nodes_[node].serial % 2 == 1) visit(node);
  }
}

void DirectoryTree::link(Node node, Node parent) {
  NodeData& data = nodes_[node];
  data.parent = parent;
  data.previous = kNone;
  data.next = nodes_[parent].first_child;
  if (data.next != kNone) nodes_[data.next].previous = node;
  nodes_[parent].first_child = node;
  table_insert(node);
}

void DirectoryTree::unlink(Node node) {
  table_erase(node);
  NodeData& data = nodes_[node];
  if (data.previous == kNone) {
    nodes_[data.parent].first_child = data.next;
  } else {
    nodes_[data.previous].next = data.next;
  }
  if (data.next != kNone) nodes_[data.next].previous = data.previous;
  data.parent = data.next = data.previous = kNone;
}

/// The slot that holds the child, or the empty one where it would go.
std::size_t DirectoryTree::slot_of(Node parent, std::string_view name) const noexcept {
  std::size_t const mask = table_.size() - 1;
  std::size_t slot = hash_of(parent, name) & mask;
  for (; table_[slot] != kNone; slot = (slot + 1) & mask) {
    NodeData const& data = nodes_[table_[slot]];
    if (data.parent == parent && data.name == name) break;
  }
  return slot;
}

void DirectoryTree::table_insert(Node node) {
  if ((table_used_ + 1) * 4 > table_.size() * 3) grow_table();
  table_[slot_of(nodes_[node].parent, nodes_[node].name)] = node;
  ++table_used_;
}

void DirectoryTree::table_erase(Node node) {
  std::size_t const mask = table_.size() - 1;
  std::size_t hole = slot_of(nodes_[node].parent, nodes_[node].name);
  GOVSEAL_ASSERT(table_[hole] == node);
  for (std::size_t slot = (hole + 1) & mask; table_[slot] != kNone; slot = (slot + 1) & mask) {
    NodeData const& data = nodes_[table_[slot]];
    std::size_t const home = hash_of(data.parent, data.name) & mask;
    // The entry may move into the hole when its home is not between the hole and itself.
    if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
    table_[hole] = table_[slot];
    hole = slot;
  }
  table_[hole] = kNone;
  --table_used_;
}

void DirectoryTree::grow_table() {
  std::vector<Node> const old = std::move(table_);
  table_.assign(std::max<std::size_t>(8, old.size() * 2), kNone);
  for (Node const node : old) {
    if (node != kNone) table_[slot_of(nodes_[node].parent, nodes_[node].name)] = node;
  }
}

DirectoryTree::Node DirectoryTree::take_node() {
  ++size_;
  Node node = static_cast<Node>(nodes_.size());
  if (free_.empty()) {
    nodes_.emplace_back();
  } else {
    node = free_.back();
    free_.pop_back();
  }
  ++nodes_[node].serial;
  return node;
}

void DirectoryTree::free_node(Node node) {
  NodeData& data = nodes_[node];
  std::uint32_t const serial = data.serial + 1;
  data = NodeData();
  data.serial = serial;
  free_.push_back(node);
  --size_;
}

}  // namespace govseal
