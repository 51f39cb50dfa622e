#include "reporting/layer_down/yaml_document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>

// yaml-cpp's own nodes share what aliases name, so walking them can take exponential time or never
// end. Its parser reports events as well; LoadAll is a builder behind the same events.

namespace govseal {

class YamlBuilder final : public YAML::EventHandler {
 public:
  YamlDocument take() { return std::move(document_); }

  void OnDocumentStart(YAML::Mark const&) override {}
  void OnDocumentEnd() override {}
  void OnNull(YAML::Mark const&, YAML::anchor_t anchor) override {
    attach(add(YamlDocument::Kind::null, anchor));
  }
  void OnAlias(YAML::Mark const&, YAML::anchor_t anchor) override {
    auto found = anchors_.find(anchor);
    attach(found != anchors_.end() ? found->second : add(YamlDocument::Kind::null, 0));
  }
  void OnScalar(YAML::Mark const&, std::string const&, YAML::anchor_t anchor,
                std::string const& value) override {
    auto index = add(YamlDocument::Kind::scalar, anchor);
    document_.nodes_[index].text = value;
    attach(index);
  }
  void OnSequenceStart(YAML::Mark const&, std::string const&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(add(YamlDocument::Kind::sequence, anchor));
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(YAML::Mark const&, std::string const&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(add(YamlDocument::Kind::map, anchor));
  }
  void OnMapEnd() override { close(); }

 private:
  using Index = YamlDocument::Index;
  struct Open {
    Index node;
    std::optional<Index> key;  // of a map: read, its value is not
  };

  Index add(YamlDocument::Kind kind, YAML::anchor_t anchor) {
    auto index = static_cast<Index>(document_.nodes_.size());
    document_.nodes_.emplace_back().kind = kind;
    if (anchor != 0) anchors_[anchor] = index;
    return index;
  }

  void attach(Index index) {
    if (open_.empty()) {
      document_.root_ = index;
      return;
    }
    auto& top = open_.back();
    auto& node = document_.nodes_[top.node];
    if (node.kind == YamlDocument::Kind::sequence) {
      node.items.push_back(index);
    } else if (top.key) {
      node.members.emplace_back(*top.key, index);
      top.key.reset();
    } else {
      top.key = index;
    }
  }

  void open(Index index) { open_.push_back({index, std::nullopt}); }

  void close() {
    auto index = open_.back().node;
    open_.pop_back();
    attach(index);
  }

  YamlDocument document_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, Index> anchors_;
};

YamlDocument::Node const* YamlDocument::find(Node const& map, std::string_view key) const {
  for (auto const& [name, value] : map.members) {
    auto const& node = nodes_.at(name);
    if (node.kind == Kind::scalar && node.text == key) return &nodes_.at(value);
  }
  return nullptr;
}

bool YamlDocument::repeats_a_key() const {
  return std::any_of(nodes_.begin(), nodes_.end(), [&](Node const& node) {
    std::vector<std::string_view> keys;
    for (auto const& member : node.members) {
      auto const& key = nodes_.at(member.first);
      if (key.kind == Kind::scalar || key.kind == Kind::null) keys.emplace_back(key.text);
    }
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
  });
}

std::optional<std::vector<YamlDocument>> parse_yaml(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<YamlDocument> documents;
  try {
    YAML::Parser parser(stream);
    for (;;) {
      YamlBuilder builder;
      if (!parser.HandleNextDocument(builder)) return documents;
      documents.push_back(builder.take());
    }
  } catch (YAML::Exception const&) {
    return std::nullopt;
  }
}

}  // namespace govseal
