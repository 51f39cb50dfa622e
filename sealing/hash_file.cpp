#include "sealing/hash_file.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "sealing/manifest.h"

namespace govseal {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kRootWord = "ROOT_SHA256";
constexpr std::size_t kHexDigits = 64;

enum class LineEnds { lf, crlf, mixed };

/// CRLF throughout: every CR is followed by LF and every LF is preceded by CR.
LineEnds line_ends_of(std::string_view text) {
  if (text.find('\r') == std::string_view::npos) return LineEnds::lf;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) return LineEnds::mixed;
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) return LineEnds::mixed;
  }
  return LineEnds::crlf;
}

std::optional<std::string_view> stop_code(std::string_view bytes) {
  if (bytes.starts_with(kByteOrderMark)) return "hashfile.bom";
  if (!is_utf8(bytes)) return "hashfile.not_utf8";
  if (line_ends_of(bytes) == LineEnds::mixed) return "hashfile.eol";
  return std::nullopt;
}

std::optional<HashLine> parse_line(std::string_view line) {
  if (line.size() < kHexDigits + 3 || line.substr(kHexDigits, 2) != "  ") return std::nullopt;
  auto const sha256 = Digest::from_hex(line.substr(0, kHexDigits));
  if (!sha256) return std::nullopt;
  return HashLine{line, line.substr(kHexDigits + 2), *sha256};
}

/// The hash of a ROOT line: the word, two spaces, 64 lower-case hex digits.
std::optional<Digest> root_of(std::string_view line) {
  std::string_view const rest = line.substr(kRootWord.size());
  return rest.starts_with("  ") ? Digest::from_hex(rest.substr(2)) : std::nullopt;
}

void add_line(HashFile& out, std::string_view line, std::string_view name) {
  out.root_is_last = line.starts_with(kRootWord);
  if (out.root_is_last) {
    out.root_lines.push_back(line);
    if (auto const root = root_of(line)) out.root = root;
    return;
  }
  out.others.push_back(line);
  if (auto const good = parse_line(line)) {
    out.lines.push_back(*good);
  } else {
    out.findings.add("hashfile.bad_line", name, std::nullopt, std::string(line.substr(0, 200)));
  }
}

}  // namespace

HashFile read_hash_file(std::string bytes, std::string_view name) {
  HashFile out;
  if (auto const code = stop_code(bytes)) {
    out.stopped = true;
    out.findings.add(*code, name);
    return out;
  }
  if (line_ends_of(bytes) == LineEnds::crlf) {
    out.warnings.emplace("hashfile.crlf");
    bytes.erase(std::remove(bytes.begin(), bytes.end(), '\r'), bytes.end());
  }
  if (!bytes.ends_with('\n')) out.warnings.emplace("hashfile.no_final_newline");
  out.text = std::make_unique<std::string const>(std::move(bytes));
  std::string_view rest = *out.text;
  while (!rest.empty()) {
    auto const end = std::min(rest.find('\n'), rest.size());
    std::string_view const line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty()) {
      out.warnings.emplace("hashfile.blank_line");
    } else {
      add_line(out, line, name);
    }
  }
  out.root_computed = root_of_lines(out.others);
  return out;
}

void check_root_lines(HashFile const& file, FindingSet& findings) {
  constexpr std::string_view kName = "MANIFEST.sha256";
  if (file.root_lines.empty()) return findings.add("root.missing", kName);
  if (file.root_lines.size() > 1) findings.add("root.duplicate", kName);
  if (!file.root_is_last) findings.add("root.not_last", kName);
  bool const malformed = std::any_of(file.root_lines.begin(), file.root_lines.end(),
                                     [](std::string_view line) { return !root_of(line); });
  if (malformed) findings.add("root.malformed", kName);
  auto const last = root_of(file.root_lines.back());
  if (last && last != file.root_computed) {
    findings.add("root.mismatch", kName, last->hex(), file.root_computed->hex());
  }
}

}  // namespace govseal
