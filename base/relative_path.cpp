#include "base/relative_path.h"

#include "base/error.h"

namespace govseal {
namespace {

bool is_element(std::string_view text) {
  return !text.empty() && text != "." && text != "..";
}

bool is_valid(std::string_view text) {
  if (text.empty()) return true;
  if (text.find('\0') != std::string_view::npos) return false;
  while (true) {
    auto const slash = text.find('/');
    if (!is_element(text.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    text.remove_prefix(slash + 1);
  }
}

}  // namespace

std::optional<RelativePath> RelativePath::parse(std::string_view text) {
  if (!is_valid(text)) return std::nullopt;
  return RelativePath(std::string(text));
}

RelativePath RelativePath::of(std::string_view text) {
  GOVSEAL_ASSERT(is_valid(text));
  return RelativePath(std::string(text));
}

RelativePath RelativePath::operator/(std::string_view name) const {
  GOVSEAL_ASSERT(!name.empty() && is_valid(name));
  std::string joined;
  joined.reserve(text_.size() + 1 + name.size());
  joined += text_;
  if (!joined.empty()) joined += '/';
  joined += name;
  return RelativePath(std::move(joined));
}

RelativePath RelativePath::operator/(RelativePath const& below) const {
  if (below.is_root()) return *this;
  return is_root() ? below : RelativePath(text_ + "/" + below.text_);
}

std::string_view RelativePath::name() const noexcept {
  std::string_view const text = text_;
  auto const slash = text.rfind('/');
  return slash == std::string_view::npos ? text : text.substr(slash + 1);
}

RelativePath RelativePath::parent() const {
  auto const slash = text_.rfind('/');
  return slash == std::string::npos ? RelativePath() : RelativePath(text_.substr(0, slash));
}

std::vector<std::string_view> RelativePath::elements() const {
  std::vector<std::string_view> out;
  std::string_view rest = text_;
  while (!rest.empty()) {
    auto const slash = rest.find('/');
    out.push_back(rest.substr(0, slash));
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  return out;
}

bool RelativePath::is_within(RelativePath const& ancestor) const noexcept {
  if (ancestor.is_root()) return true;
  std::string_view const text = text_;
  if (!text.starts_with(ancestor.text_)) return false;
  return text.size() == ancestor.text_.size() || text[ancestor.text_.size()] == '/';
}

RelativePath RelativePath::below(RelativePath const& ancestor) const {
  GOVSEAL_ASSERT(is_within(ancestor));
  if (ancestor.is_root()) return *this;
  if (text_.size() == ancestor.text_.size()) return {};
  return RelativePath(text_.substr(ancestor.text_.size() + 1));
}

}  // namespace govseal
