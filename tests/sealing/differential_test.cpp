// A few hundred folders with random mutations, judged here and by reference_seal.py, a second
// implementation that shares nothing with this one. The seed of a folder is in its name.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <set>

#include "sealing/manifest.h"
#include "tests/sealing/seal_fixtures.h"

namespace govseal {
namespace {

namespace fs = std::filesystem;

/// A manifest entry as JSON text, so that anything can be written.
struct DraftEntry {
  std::string relpath;  // JSON text
  std::string bytes;
  std::string sha256;
  std::string path;   // what the true entry lists
  std::string line;   // its hash line
  std::string whole;  // instead of an object with the three
  std::string extra;  // further members
};

std::string json_quoted(std::string_view text) {
  JsonWriter writer(JsonWriter::Style::compact, JsonWriter::Escapes::ascii);
  return writer.value(text).take();
}

class Draft {
 public:
  Draft(TempDirectory const& top, unsigned seed) : top_(top), random_(seed) {
    name_ = "case_" + std::to_string(1000 + seed);
    folder_ = "folders/" + name_;
  }

  void make() {
    draw_payload();
    draw_run_json();
    for (auto const& [path, bytes] : files_) top_.write(folder_ + "/" + path, bytes);
    if (chance(12)) return disturb_tree();
    draw_entries();
    for (unsigned n = below(3); n > 0 && chance(60); --n) mutate_entries();
    std::string const manifest = manifest_text();
    if (!chance(5)) top_.write(folder_ + "/manifest.json", manifest);
    if (!chance(5)) top_.write(folder_ + "/MANIFEST.sha256", hash_file_text(manifest));
    for (unsigned n = below(3); n > 0 && chance(60); --n) disturb_tree();
  }

 private:
  unsigned below(std::size_t n) { return static_cast<unsigned>(random_() % n); }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <typename T>
  T one_of(std::vector<T> const& from) {
    return from[below(from.size())];
  }

  void draw_payload() {
    std::vector<std::string> const names{"a",
                                         "b.txt",
                                         "sub/x",
                                         "sub/y.csv",
                                         "Zeta.json",
                                         "\xC3\xA9\xE2\x80\x93.txt",
                                         "A",
                                         "e\xCC\x81",
                                         "CON.txt",
                                         "sub/lpt1",
                                         " lead",
                                         "trail.",
                                         "a:b",
                                         "sub/manifest.json",
                                         "checks.json",
                                         "deep/er/and/deeper/f",
                                         "sub-2/z",
                                         "sub.txt",
                                         ".hidden",
                                         "q\"uote",
                                         std::string(255, 'n')};
    std::vector<std::string> const odd{"-",         "sub/-",   "back\\slash",
                                       "tab\tname", "bad\xFF", "c\x7F"};
    for (unsigned n = below(7); n > 0; --n) {
      files_[chance(6) ? one_of(odd) : one_of(names)] = content();
    }
  }

  std::string content() {
    std::vector<std::string> const texts{"",
                                         "alpha\n",
                                         "a\r\nb\r\n",
                                         "a\nb",
                                         "x\r\ny\n\rz\r",
                                         "{}",
                                         std::string("\0\xFF", 2),
                                         "{\"k\": 1}\n",
                                         "\n\n\r\n"};
    return one_of(texts);
  }

  void draw_run_json() {
    std::string const id = "\"run_id\": " + json_quoted(name_);
    std::string const made = "\"created_utc\": \"2026-08-08T12:00:00Z\"";
    std::vector<std::string> const good{"{" + id + ", " + made + "}",
                                        "{\r\n" + id + ",\r\n" + made + "\r\n}\r\n"};
    std::vector<std::string> const odd{
        "{" + id + "}",
        "{" + made + "}",
        "{" + id + ", \"created_utc\": \"yesterday\"}",
        "{" + id + ", \"created_utc\": \"\"}",
        "{" + id + ", \"created_utc\": null, \"finished_utc\": \"x\"}",
        "{" + id + ", \"finished_utc\": \"2026-08-08T13:00:00Z\"}",
        "{" + id + ", " + id + ", " + made + "}",
        "{\"run_id\": \"other\", " + id + ", " + made + "}",
        "{\"run_id\": 7, " + made + "}",
        "{\"run_id\": \"\", " + made + "}",
        "{\"run_id\": \"other\", " + made + "}",
        "{" + id + ", " + made + ", \"n\": NaN}",
        "{" + id + ", " + made + ", \"n\": -Infinity}",
        "{" + id + ", " + made + ", \"n\": 1e999, \"big\": 123456789012345678901234567890}",
        "{" + id + ", " + made + ", \"s\": \"\\ud800\"}",
        "{" + id + ", " + made + ", \"s\": \"\\ud83d\\ude00\"}",
        "{" + id + ", " + made + ",}",
        "{" + id + ", " + made + ", \"n\": 01}",
        "{" + id + ", " + made + ", \"n\": 1.}",
        "{" + id + ", " + made + ", \"t\": \"a\tb\"}",
        "{" + id + ", " + made + "} x",
        "[\"run_id\", \"created_utc\"]",
        "\"run_id and created_utc\"",
        "17",
        "null",
        "",
        "\xEF\xBB\xBF{" + id + ", " + made + "}",
        "{" + id + ", " + made + ", \"s\": \"\xE4\"}",
        "{" + id + ", " + made + ", \"d\": " + std::string(300, '[') + std::string(300, ']') + "}",
    };
    if (chance(5)) return;
    files_["run.json"] = chance(70) ? one_of(good) : one_of(odd);
  }

  void draw_entries() {
    for (auto const& [path, bytes] : files_) {
      if (!is_sealable_path(path) && path.find('\xFF') != std::string::npos) continue;
      DraftEntry entry;
      entry.path = path;
      entry.relpath = json_quoted(path);
      entry.bytes = std::to_string(bytes.size());
      std::string const hex = sha256(bytes).hex();
      entry.sha256 = json_quoted(hex);
      entry.line = hex + "  " + path;
      entries_.push_back(entry);
    }
  }

  void mutate_entries() {
    if (entries_.empty()) return;
    DraftEntry& entry = entries_[below(entries_.size())];
    std::string const hex(64, 'A');
    switch (below(12)) {
      case 0:
        entry.bytes = one_of<std::string>({"6.0",
                                           "true",
                                           "false",
                                           "\"5\"",
                                           "-0",
                                           "1e0",
                                           "null",
                                           "[]",
                                           "9007199254740992",
                                           "1e400",
                                           "0.1",
                                           "1e16",
                                           "-5",
                                           "5e-324",
                                           "123456789.125",
                                           "1.5e300",
                                           "{\"a\": [1, 'x']}",
                                           "NaN",
                                           "6.0000000000000001",
                                           "18446744073709551616"});
        break;
      case 1:
        entry.bytes += ".0";
        break;
      case 2:
        entry.sha256 = one_of<std::string>({"null", json_quoted(hex), "\"\"", "[1]", "1.0", "true",
                                            "\"\\ud800\"", "\"it's\"", "{\"k\": \"it's \\\"\"}"});
        break;
      case 3:
        entry.relpath = one_of<std::string>({"\"../outside.txt\"",
                                             json_quoted(top_ / "outside.txt"),
                                             "\"\"",
                                             "\"./a\"",
                                             "\"a//b\"",
                                             "\"a/\"",
                                             "null",
                                             "5",
                                             "[]",
                                             "{}",
                                             "\"\\ud800.txt\"",
                                             "\"a\\u0000b\"",
                                             "\"sub\"",
                                             "\"sub/../a\"",
                                             "\"manifest.json\"",
                                             "\"MANIFEST.sha256\"",
                                             "\"a/b/c\"",
                                             "\".\"",
                                             "\"run.json/x\"",
                                             "\"/nonexistent/x\"",
                                             json_quoted(std::string(256, 'l')),
                                             json_quoted("none/" + std::string(256, 'l')),
                                             json_quoted("\\"),
                                             "true",
                                             "\"\\uDC80\""});
        break;
      case 4:
        entry.whole = one_of<std::string>({"5", "\"text\"", "[]", "null", "{}", "[{}]"});
        break;
      case 5:
        entry.extra = one_of<std::string>({", \"extra\": [1, {\"a\": null}]", ", \"sha256\": \"x\"",
                                           ", \"bytes\": 3", ", \"x\": 1, \"x\": 2",
                                           ", \"x\": \"\\udfff\"", ", \"relpath\": \"ghost\""});
        break;
      case 6:
        entries_.push_back(DraftEntry(entry));
        break;
      case 7:
        entries_.erase(entries_.begin() + (&entry - entries_.data()));
        break;
      case 8:
        std::shuffle(entries_.begin(), entries_.end(), random_);
        break;
      case 9:
        entry.bytes.clear();
        break;
      case 10:
        entry.sha256.clear();
        break;
      default:
        entry.relpath = "\"ghost\"";
        entry.line.replace(66, std::string::npos, "ghost");
        break;
    }
  }

  std::string manifest_text() {
    bool const compact = chance(30);
    std::string const gap = compact ? "" : "\n  ";
    std::string out = "[";
    for (DraftEntry const& entry : entries_) {
      if (out.size() > 1) out += ",";
      out += gap;
      if (!entry.whole.empty()) {
        out += entry.whole;
        continue;
      }
      std::string fields;
      if (!entry.bytes.empty()) fields += ", \"bytes\": " + entry.bytes;
      if (!entry.sha256.empty()) fields += ", \"sha256\": " + entry.sha256;
      out += "{\"relpath\": " + entry.relpath + fields + entry.extra + "}";
    }
    out += "]\n";
    if (chance(90)) return out;
    return one_of<std::string>({"\xEF\xBB\xBF" + out, out.substr(0, out.size() / 2), out + "x",
                                "{\"entries\": " + out + "}", "17", "", out + "\xFF", "\"text\"",
                                "[{\"a\": NaN}]", out + "\r\n"});
  }

  std::string hash_file_text(std::string const& manifest) {
    std::vector<std::string> lines;
    for (DraftEntry const& entry : entries_) lines.push_back(entry.line);
    if (chance(50)) mutate_lines(lines);
    std::string own = sha256(manifest).hex() + "  manifest.json";
    if (chance(4)) own = std::string(64, '0') + "  manifest.json";
    if (chance(3)) own = sha256(with_crlf(manifest)).hex() + "  manifest.json";
    auto const by_path = [](std::string const& a, std::string const& b) {
      return a.substr(std::min<std::size_t>(66, a.size())) <
             b.substr(std::min<std::size_t>(66, b.size()));
    };
    switch (below(8)) {
      case 0:
        lines.push_back(own);
        std::sort(lines.begin(), lines.end());
        break;
      case 1:
        lines.push_back(own);
        std::sort(lines.begin(), lines.end(), by_path);
        break;
      case 2:
        if (chance(50)) lines.push_back(own);
        std::shuffle(lines.begin(), lines.end(), random_);
        break;
      default:
        lines.push_back(own);
    }
    std::string const root = root_of_lines({lines.begin(), lines.end()}).hex();
    add_root(lines, root);
    return joined(lines);
  }

  void mutate_lines(std::vector<std::string>& lines) {
    if (lines.empty()) return;
    std::string& line = lines[below(lines.size())];
    switch (below(10)) {
      case 0:
        lines.erase(lines.begin() + (&line - lines.data()));
        break;
      case 1:
        lines.push_back(std::string(line));
        break;
      case 2:
        line[below(64)] = '0';
        break;
      case 3:
        line.erase(64, 1);
        break;
      case 4:
        line.replace(64, 2, " *");
        break;
      case 5:
        std::transform(line.begin(), line.begin() + 64, line.begin(),
                       [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        break;
      case 6:
        line = one_of<std::string>({"   ", "text", "\\" + line, line + " ", "\xC2\xA0",
                                    "# comment  with pair", "  ", "\t"});
        break;
      case 7:
        line = std::string(64, 'a') + "  ghost";
        break;
      default:
        break;
    }
  }

  void add_root(std::vector<std::string>& lines, std::string const& root) {
    std::string const line = "ROOT_SHA256  " + root;
    if (chance(80)) {
      lines.push_back(line);
      return;
    }
    switch (below(9)) {
      case 0:
        break;
      case 1:
        lines.insert(lines.begin(), line);
        break;
      case 2:
        lines.push_back(line);
        lines.push_back(line);
        break;
      case 3:
        lines.push_back("ROOT_SHA256 " + root);
        break;
      case 4:
        lines.push_back("ROOT_SHA256\t" + root);
        break;
      case 5:
        lines.push_back(line + " \xE3\x80\x80");
        break;
      case 6:
        lines.push_back("ROOT_SHA256  " + std::string(64, '0'));
        break;
      case 7:
        lines.push_back("ROOT_SHA256x");
        lines.push_back(line);
        break;
      default:
        lines.push_back(line);
        lines.push_back("behind");
    }
  }

  std::string joined(std::vector<std::string> const& lines) {
    std::string out;
    for (std::string const& line : lines) {
      out += line;
      out += '\n';
      if (chance(2)) out += "\n";
    }
    if (chance(85)) return out;
    return one_of<std::string>({with_crlf(out), out.substr(0, out.size() - 1), "\xEF\xBB\xBF" + out,
                                out + "\xFF\n", "\r\n" + out, out + "\r", "", "\n",
                                "\xC2\x85" + out, out + "\x1F\n", "\n\n" + out + "\n\n"});
  }

  static std::string with_crlf(std::string const& text) {
    std::string out;
    for (char const c : text) {
      if (c == '\n') out += '\r';
      out += c;
    }
    return out;
  }

  fs::path path_of(std::string const& below_folder) const {
    return fs::path(top_.path()) / folder_ / below_folder;
  }

  void disturb_tree() {
    std::string const victim =
        files_.empty()
            ? "new"
            : std::next(files_.begin(), static_cast<std::ptrdiff_t>(below(files_.size())))->first;
    std::string const bytes = files_.count(victim) == 1 ? files_[victim] : "";
    std::error_code ignored;
    switch (below(16)) {
      case 0:
        top_.write(folder_ + "/" + victim, bytes + "x");
        break;
      case 1:
      case 2:
        top_.write(folder_ + "/" + victim, with_crlf(bytes));
        break;
      case 3:
        fs::remove(path_of(victim), ignored);
        break;
      case 4:
        top_.write(folder_ + "/report.md", "unlisted\n");
        break;
      case 5:
        fs::create_symlink(
            one_of<std::string>({"a", "nowhere", "loop", "sub", "../../outside.txt"}),
            path_of("loop"), ignored);
        break;
      case 6:
        fs::remove(path_of(victim), ignored);
        fs::create_symlink(one_of<std::string>({"../../outside.txt", "a", "run.json"}),
                           path_of(victim), ignored);
        break;
      case 7:
        (void)::mkfifo(path_of("pipe").c_str(), 0644);
        break;
      case 8:
        fs::create_hard_link(path_of(victim), path_of("second"), ignored);
        break;
      case 9:
        fs::create_directories(path_of("sub/empty"), ignored);
        break;
      case 10:
        (void)::chmod(path_of(victim).c_str(), 04644);
        break;
      case 11:
        top_.write(folder_ + "/odd\\dir/inside", "x");
        break;
      case 12:
        top_.write(folder_ + "/odd\xFE", "x");
        break;
      case 13:
        replace(one_of<std::string>({"run.json", "manifest.json", "MANIFEST.sha256"}));
        break;
      case 14:
        fs::create_directory_symlink("sub", path_of("linked_dir"), ignored);
        break;
      default:
        top_.write(folder_ + "/sub/manifest.json", "[]\n");
    }
  }

  /// One of the three files becomes something else, or a link to what it was.
  void replace(std::string const& name) {
    std::error_code ignored;
    if (chance(50)) {
      fs::rename(path_of(name), path_of("moved"), ignored);
      fs::create_symlink("moved", path_of(name), ignored);
    } else {
      fs::remove(path_of(name), ignored);
      fs::create_directories(path_of(name + "/in"), ignored);
    }
  }

  TempDirectory const& top_;
  std::mt19937 random_;
  std::string name_;
  std::string folder_;
  std::map<std::string, std::string> files_;
  std::vector<DraftEntry> entries_;
};

/// The lines that a command prints; nullopt when it failed.
std::optional<std::vector<std::string>> output_of(std::string const& command) {
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  std::vector<std::string> lines;
  std::string line;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
    if (c == '\n') {
      lines.push_back(std::exchange(line, {}));
    } else {
      line += static_cast<char>(c);
    }
  }
  return ::pclose(pipe) == 0 ? std::optional(lines) : std::nullopt;
}

/// Lone surrogates as U+FFFD, as the reference prints them; texts that are free are left out.
std::string comparable(std::string const& message) {
  for (char const* word :
       {" parse error: ", "manifest entry is not an object: ", "manifest entry missing 'relpath': ",
        "manifest entry missing 'bytes': ", "manifest entry missing 'sha256': "}) {
    auto const at = message.find(word);
    if (at != std::string::npos) return message.substr(0, at + std::string(word).size());
  }
  std::string out;
  for (std::size_t i = 0; i < message.size(); ++i) {
    bool const surrogate = message[i] == '\xED' && i + 2 < message.size() &&
                           static_cast<unsigned char>(message[i + 1]) >= 0xA0;
    if (surrogate) {
      out += "\xEF\xBF\xBD";
      i += 2;
    } else {
      out += message[i];
    }
  }
  return out;
}

template <typename Texts>
std::string lines_of(Texts const& texts) {
  std::string out;
  for (std::string const& text : texts) out += text + "\n";
  return out;
}

std::vector<std::string> texts_of(JsonValue const& array) {
  std::vector<std::string> out;
  for (JsonValue const& item : *array.as_array()) out.push_back(*item.as_string());
  return out;
}

void compare(std::string const& folder, JsonValue const& expected) {
  auto const actual = verify_path(folder, {.allow_outside = true});
  auto const text = [&](char const* key) {
    std::string const* const found = expected.find_string(key);
    return found == nullptr ? std::string("-") : *found;
  };
  CHECK((actual.verdict ? verdict_name(*actual.verdict) : "-") == text("verdict"));
  CHECK(lines_of(actual.codes) == lines_of(texts_of(*expected.find("codes"))));
  CHECK(lines_of(actual.warnings) == lines_of(texts_of(*expected.find("warnings"))));
  CHECK((actual.style ? seal_style_name(*actual.style) : "-") == text("style"));
  CHECK((actual.variant ? line_order_name(*actual.variant) : "-") == text("variant"));
  CHECK((actual.root ? actual.root->hex() : "-") == text("root"));
  JsonValue const& compat = *expected.find("compat");
  REQUIRE(actual.compat.pass.has_value());
  CHECK((*actual.compat.pass ? "PASS" : "FAIL") == *compat.find_string("verdict"));
  CHECK(actual.compat.aborted == *compat.find("aborted")->as_bool());
  std::vector<std::string> ours;
  std::vector<std::string> theirs;
  for (auto const& message : actual.compat.messages) ours.push_back(comparable(message));
  for (auto const& message : texts_of(*compat.find("messages")))
    theirs.push_back(comparable(message));
  CHECK(lines_of(ours) == lines_of(theirs));
}

unsigned folder_count() {
  char const* const wanted = std::getenv("GOVSEAL_DIFFERENTIAL_FOLDERS");
  return wanted == nullptr ? 400 : static_cast<unsigned>(std::strtoul(wanted, nullptr, 10));
}

}  // namespace

TEST_CASE("both verdicts of random folders are those of the slow reference implementation") {
  if (!output_of("command -v python3 >/dev/null")) {
    MESSAGE("SKIPPED: python3 is missing, nothing was compared");
    return;
  }
  TempDirectory const top;
  top.write("outside.txt", "outside\n");
  char const* const from = std::getenv("GOVSEAL_DIFFERENTIAL_SEED");
  unsigned const first =
      from == nullptr ? 0 : static_cast<unsigned>(std::strtoul(from, nullptr, 10));
  for (unsigned i = 0; i < folder_count(); ++i) Draft(top, first + i).make();
  auto const lines =
      output_of("python3 '" GOVSEAL_SOURCE_DIR "/tests/sealing/reference_seal.py' '" +
                (top / "folders") + "'");
  REQUIRE(lines.has_value());
  std::set<std::string> verdicts;
  for (std::string const& line : *lines) {
    auto const parsed = parse_json(line);
    REQUIRE(std::holds_alternative<JsonValue>(parsed));
    JsonValue const& expected = std::get<JsonValue>(parsed);
    std::string const name = *expected.find_string("name");
    CAPTURE(name);
    CAPTURE(line);
    compare(top / ("folders/" + name), expected);
    verdicts.insert(*expected.find_string("verdict"));
  }
  CHECK(lines->size() > folder_count() * 9 / 10);
  CHECK(verdicts.size() >= std::min(6u, folder_count()));
}

}  // namespace govseal
