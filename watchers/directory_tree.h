#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/relative_path.h"

namespace govseal {

/// The directories of one watch root as nodes of (parent, name), so that a rename changes one node
/// whatever lies below it and a path is found by walking up. About 70 bytes a directory and what a
/// name over 15 bytes needs. Not thread-safe.
class DirectoryTree {
 public:
  using Node = std::uint32_t;
  static constexpr Node kNone = 0xFFFF'FFFF;
  static constexpr Node kRoot = 0;

  /// A node that may be gone, and its place used again, when somebody comes back to it.
  struct Handle {
    Node node = kNone;
    std::uint32_t serial = 0;
    friend bool operator==(Handle, Handle) = default;
  };

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// The root; the tree must be empty.
  void make_root();
  /// The child of that name, made when it is not there yet.
  [[nodiscard]] Node add(Node parent, std::string_view name);
  [[nodiscard]] Node find(Node parent, std::string_view name) const noexcept;

  /// Takes a node, and with it everything below, out of the tree but keeps it: the first half of a
  /// rename.
  void detach(Node node);
  /// Puts a detached node under a parent that has no child of that name.
  void attach(Node node, Node parent, std::string_view name);
  /// Removes a node (detached or not) with everything below; `removed` hears each of them before it
  /// is gone.
  void remove(Node node, std::function<void(Node)> const& removed);

  /// nullopt: the node is detached, or below one that is.
  [[nodiscard]] std::optional<RelativePath> path(Node node) const;
  /// Levels below the root, 0 for the root; of a detached node, below the detached one.
  [[nodiscard]] unsigned depth(Node node) const noexcept;
  [[nodiscard]] std::vector<Node> children(Node node) const;
  [[nodiscard]] std::string const& name(Node node) const noexcept { return nodes_[node].name; }

  [[nodiscard]] Handle handle(Node node) const noexcept { return {node, nodes_[node].serial}; }
  /// kNone: it is gone.
  [[nodiscard]] Node find(Handle handle) const noexcept;

  /// The watch descriptor, 0 when there is none.
  [[nodiscard]] std::int32_t watch(Node node) const noexcept { return nodes_[node].watch; }
  void set_watch(Node node, std::int32_t watch) noexcept { nodes_[node].watch = watch; }

  /// Calls `visit` for every node, in no order.
  void for_each(std::function<void(Node)> const& visit) const;

 private:
  struct NodeData {
    Node parent = kNone;
    Node first_child = kNone;
    Node next = kNone;      // sibling
    Node previous = kNone;  // sibling
    std::int32_t watch = 0;
    std::uint32_t serial = 0;  // odd: in use
    std::string name;
  };

  void link(Node node, Node parent);
  void unlink(Node node);
  [[nodiscard]] std::size_t slot_of(Node parent, std::string_view name) const noexcept;
  void table_insert(Node node);
  void table_erase(Node node);
  void grow_table();
  [[nodiscard]] Node take_node();
  void free_node(Node node);

  std::vector<NodeData> nodes_;
  std::vector<Node> free_;
  std::vector<Node> table_;  // children by (parent, name), open addressing, kNone: empty
  std::size_t table_used_ = 0;
  std::size_t size_ = 0;
};

}  // namespace govseal
