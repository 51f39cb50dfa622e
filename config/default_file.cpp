// The annotated default file. Prose is `# text`, a key is `#key = value`, so removing one character
// makes a key take effect. Table headers of the main sections are live, those of repositories are
// comments, because a header alone would already configure a repository.

#include "base/error.h"
#include "config/key_table.h"
#include "config/show.h"
#include "config/value_reader.h"

namespace govseal {
namespace {

constexpr std::size_t kWidth = 96;

constexpr std::string_view kPreamble =
    R"(# Configuration of govseald. Every key is shown with its default, commented out; remove the
# "#" before a key to change it. Check with "govseal config check", apply with
# "systemctl reload govseald" or "govseal config reload". "govseal config show" prints what is in
# force and where it comes from.
#
# This file must belong to root or the agent's user, must not be writable for group or others, and
# must not be larger than 1 MiB. Paths are absolute unless they are said to be below a repository.
# Sizes are integers of bytes or strings such as "64KiB"; durations without a unit in the name are
# strings such as "90s", "10m", "24h" or "7d". Bounds are inclusive.
)";

/// Example values for keys that have no default.
std::string_view example_of(KeySpec const& key) {
  struct Example {
    std::string_view section, name, value;
  };
  static constexpr Example kExamples[] = {
      {"", "include", "\"/etc/govseal/govseal.d\""},
      {"agent", "host_name", "\"host1\""},
      {"api", "socket", "\"/run/govseal/govseal.sock\""},
      {"watch", "opener_socket", "\"/run/govseal/opener.sock\""},
      {"ledger", "origin", "\"govseal/host1\""},
      {"ledger", "root_key", "\"/etc/govseal/root.pub\""},
      {"ledger", "policy", "\"/etc/govseal/policy\""},
      {"ledger", "waiver_signers", "\"/etc/govseal/waiver_signers\""},
      {"anchor.git", "remote", "\"ssh://git@git.example.org/audit.git\""},
      {"anchor.git", "branch", "\"audit/host1\""},
      {"repository", "path", "\"/srv/git/governance\""},
      {"repository", "glob", "\"/srv/git/*\""},
      {"repository", "name", "\"governance\""},
      {"repository.run_root", "path", "\".codex/RUNS\""},
      {"repository.consumer", "repository", "\"example-org/alpha\""},
      {"repository.consumer", "path", "\"/srv/git/alpha\""},
      {"repository.guard", "name", "\"prehandover\""},
      {"repository.guard", "kind", "\"immutable\""},
      {"repository.guard", "paths", "[\".agent-admin/prehandover/**\"]"},
  };
  for (auto const& example : kExamples) {
    if (example.section == key.section && example.name == key.name) return example.value;
  }
  bool const every_key_without_a_default_has_an_example = false;
  GOVSEAL_ASSERT(every_key_without_a_default_has_an_example);
  return {};
}

std::string wrapped_comment(std::string_view text) {
  std::string out;
  std::string line = "#";
  while (!text.empty()) {
    auto const end = std::min(text.find(' '), text.size());
    if (line.size() + 1 + end > kWidth) {
      out += line + "\n";
      line = "#";
    }
    line += " " + std::string(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + line + "\n";
}

std::string choices_text(KeySpec const& key) {
  std::string text;
  for (auto const word : choice_words(key)) text += (text.empty() ? "" : " | ") + std::string(word);
  return text;
}

std::string bounds_of(KeySpec const& key) {
  if (!key.choices.empty()) return choices_text(key);
  auto text = bounds_text(key);
  bool const is_number =
      key.type == KeyType::integer || key.type == KeyType::size || key.type == KeyType::duration;
  bool const is_list = key.default_text.starts_with('[') || key.default_text.starts_with('{') ||
                       key.type == KeyType::glob_list;
  if (!text.empty() && !is_number) text += is_list ? " entries" : " bytes";
  return text;
}

std::string documentation_of(KeySpec const& key) {
  std::string text(key.documentation);
  if (auto const bounds = bounds_of(key); !bounds.empty()) text += " (" + bounds + ")";
  if (key.required) text += " Required.";
  if (!key.computed_default.empty()) {
    text += " Default: " + std::string(key.computed_default) + ".";
  } else if (key.default_text.empty() && !key.required) {
    text += " Default: unset.";
  }
  if (key.needs_restart) text += " A change needs a restart.";
  return wrapped_comment(text);
}

std::string commented_out(std::string_view text) {
  std::string out = "#";
  for (char const c : text) out += c == '\n' ? std::string("\n#") : std::string(1, c);
  return out + "\n";
}

std::string render_key(KeySpec const& key) {
  auto const value = key.default_text.empty() ? example_of(key) : key.default_text;
  if (key.type == KeyType::slug_map) {  // a table of its own, after all keys of its section
    return documentation_of(key) + "#[" + dotted_name(key) + "]\n" +
           "#office-app = \"example-org/beta-office-app\"\n";
  }
  return documentation_of(key) + commented_out(std::string(key.name) + " = " + std::string(value));
}

std::string render_header(SectionSpec const& section) {
  std::string out = "\n" + std::string(kWidth, '#') + "\n";
  std::string_view rest = section.documentation;
  while (!rest.empty()) {
    auto const end = std::min(rest.find('\n'), rest.size());
    out += "# " + std::string(rest.substr(0, end)) + "\n";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  bool const is_array = section.kind == SectionSpec::Kind::array;
  bool const is_live = !section.name.starts_with("repository");
  return out + (is_live ? "" : "#") + (is_array ? "[[" : "[") + std::string(section.name) +
         (is_array ? "]]" : "]") + "\n";
}

}  // namespace

std::string render_default_config() {
  std::string out(kPreamble);
  for (auto const& section : section_table()) {
    if (section.kind != SectionSpec::Kind::top) out += render_header(section);
    for (auto const& key : keys_of(section.name)) out += "\n" + render_key(key);
  }
  return out;
}

}  // namespace govseal
