// The files of a seal, which anybody may have written: run.json, manifest.json, MANIFEST.sha256 and
// the documents of the legacy styles. First each reader on the whole input, then a folder in memory
// whose files are the parts of the input between NUL bytes, judged by both verdicts.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/utf8.h"
#include "sealing/compat/compat_manifest.h"
#include "sealing/compat/python_text.h"
#include "sealing/compat/python_value.h"
#include "sealing/envelope.h"
#include "sealing/hash_file.h"
#include "sealing/legacy_document.h"
#include "sealing/line_check.h"
#include "sealing/line_ends.h"
#include "sealing/manifest.h"
#include "sealing/manifest_reader.h"
#include "sealing/root_reader.h"
#include "sealing/verdict_json.h"
#include "sealing/verify.h"
#include "tests/support/inline_pool.h"
#include "tests/support/memory_file_system.h"

using namespace govseal;

namespace {

/// In the order of the parts of an input. The folder has the name of the first fixture that the
/// corpus was made of.
constexpr std::array<char const*, 12> kFiles{
    "run.json",    "manifest.json",   "MANIFEST.sha256",     "alpha.txt",
    "Zeta.json",   "sub/beta.csv",    "MANIFEST.json",       "SEAL.json",
    "SEAL.sha256", "pack_sha256.txt", "manifest_sha256.txt", "checks.json",
};
constexpr char const* kFolder = "/runs/ok_builder_order";

void try_envelope(std::string_view input) {
  Envelope const envelope = parse_envelope(input);
  for (std::string const& code : envelope.codes) GOVSEAL_ASSERT(code.starts_with("run_json."));
  GOVSEAL_ASSERT(envelope.readable || !envelope.codes.empty());
  for (bool const has_checks : {false, true}) {
    auto const judged = judge_envelope(envelope, "run", has_checks);
    GOVSEAL_ASSERT(judged.dialect == find_dialect(envelope, has_checks));
    if (judged.codes.empty()) GOVSEAL_ASSERT(judged.dialect && envelope.run_id == "run");
  }
}

bool can_be_sealed(ManifestReading const& reading) {
  return std::all_of(reading.entries.begin(), reading.entries.end(), [](ListedFile const& file) {
    return file.lookup && file.bytes && file.sha256;
  });
}

/// A manifest without a finding is that of a seal that could be written: the same entries.
void try_manifest(std::string_view input) {
  ManifestReading const reading = read_manifest(input);
  if (reading.stopped) GOVSEAL_ASSERT(reading.entries.empty());
  for (ListedFile const& file : reading.entries) {
    if (file.lookup) GOVSEAL_ASSERT(is_sealable_path(file.path) && !is_seal_file(file.path));
  }
  if (reading.stopped || !reading.findings.codes().empty()) return;
  GOVSEAL_ASSERT(can_be_sealed(reading));
  std::vector<ManifestEntry> entries;
  for (ListedFile const& file : reading.entries) {
    entries.push_back({file.path, *file.bytes, *file.sha256});
  }
  SealBytes const seal = make_seal_bytes(entries);
  ManifestReading const again = read_manifest(seal.manifest_json);
  GOVSEAL_ASSERT(again.findings.codes().empty() && again.entries.size() == entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    GOVSEAL_ASSERT(again.entries[i].path == entries[i].relpath);
    GOVSEAL_ASSERT(again.entries[i].sha256 == entries[i].sha256);
  }
  HashFile const lines = read_hash_file(seal.hashfile, kHashFileName);
  FindingSet findings;
  check_root_lines(lines, findings);
  GOVSEAL_ASSERT(check_lines(lines, again.entries, findings) == LineOrder::a);
  GOVSEAL_ASSERT(findings.codes().empty() && lines.root == seal.root);
}

void try_hash_file(std::string_view input) {
  HashFile const file = read_hash_file(std::string(input), kHashFileName);
  static_cast<void>(registry_root_of(input));
  static_cast<void>(pointer_root_of(input));
  if (file.stopped) {
    GOVSEAL_ASSERT(file.others.empty() && !file.findings.codes().empty());
    return;
  }
  GOVSEAL_ASSERT(file.root_computed.has_value() && file.lines.size() <= file.others.size());
  for (HashLine const& line : file.lines) {
    GOVSEAL_ASSERT(!line.path.empty() && line.whole.ends_with(line.path));
  }
  FindingSet findings;
  check_root_lines(file, findings);
  static_cast<void>(check_lines(file, {}, findings));
  static_cast<void>(wrong_manifest_lines(file, sha256(input), findings));
}

/// A document that is not malformed has size and hash of everything it lists.
void try_legacy(std::string_view input) {
  LegacyDocument const document = read_legacy_document(input);
  if (document.malformed) return;
  auto const check = [](ListedFile const& file) { GOVSEAL_ASSERT(file.bytes && file.sha256); };
  for (ListedFile const& file : document.artifacts.value_or(std::vector<ListedFile>{})) check(file);
  for (ListedFile const& file : document.files.value_or(std::vector<ListedFile>{})) check(file);
  if (document.target) check(*document.target);
}

void try_compat_readers(std::string_view input) {
  auto const text = read_text(input);
  if (!text) return;
  GOVSEAL_ASSERT(is_utf8(input) && text->find('\r') == std::string::npos);
  for (std::string_view const line : kept_lines(*text)) GOVSEAL_ASSERT(!strip(line).empty());
  static_cast<void>(read_compat_envelope(*text));
  for (CompatEntry const& entry : read_compat_manifest(*text).entries) {
    if (entry.bytes) static_cast<void>(python_str(*entry.bytes));
    if (entry.bytes) static_cast<void>(python_equals(*entry.bytes, std::uint64_t{6}));
    if (entry.sha256) static_cast<void>(python_str(*entry.sha256));
    static_cast<void>(name_bytes(entry.relpath));
  }
  GOVSEAL_ASSERT(name_bytes(name_text(input.substr(0, input.find('\0')))) ==
                 std::string(input.substr(0, input.find('\0'))));
}

/// A conversion that really changed something is recognised, however the stream is cut.
void try_line_ends(std::string_view input) {
  std::string crlf;
  for (std::size_t i = 0; i < input.size(); ++i) {
    if (input[i] == '\n' && (i == 0 || input[i - 1] != '\r')) crlf += '\r';
    crlf += input[i];
  }
  if (crlf == input) return;
  GOVSEAL_ASSERT(can_be_line_ends(input.size(), crlf.size()));
  LineEndConverter converter;
  auto const half = static_cast<std::ptrdiff_t>(input.size() / 2);
  converter.update(bytes_of(input.substr(0, static_cast<std::size_t>(half))));
  converter.update(bytes_of(input.substr(static_cast<std::size_t>(half))));
  GOVSEAL_ASSERT(converter.finish(crlf.size(), sha256(crlf)) == LineEndChange::to_crlf);
}

void check_verdict(FolderVerdict const& verdict) {
  GOVSEAL_ASSERT(verdict.verdict.has_value());
  bool const clean = verdict.codes.empty();
  bool const only_line_ends = verdict.codes == std::set<std::string>{"content.eol"};
  switch (*verdict.verdict) {
    case Verdict::valid:
      GOVSEAL_ASSERT(clean && verdict.root && verdict.root == verdict.root_computed);
      GOVSEAL_ASSERT(verdict.variant && verdict.dialect && verdict.style == SealStyle::contract);
      // Compat is looser, but for the dialect that it does not know.
      if (verdict.dialect == Dialect::envelope) GOVSEAL_ASSERT(verdict.compat.pass != false);
      break;
    case Verdict::legacy:
      GOVSEAL_ASSERT(clean && !verdict.root && verdict.style != SealStyle::contract);
      break;
    case Verdict::eol_normalized:
      GOVSEAL_ASSERT(only_line_ends);
      break;
    case Verdict::invalid:
      GOVSEAL_ASSERT(!clean && !only_line_ends && verdict.style);
      break;
    case Verdict::incomplete:
      GOVSEAL_ASSERT(verdict.codes.contains("seal.incomplete"));
      break;
    case Verdict::open:
      GOVSEAL_ASSERT(verdict.codes.contains("run.no_envelope"));
      break;
    case Verdict::unsealed:
      GOVSEAL_ASSERT(verdict.dialect.has_value());
      break;
    case Verdict::abandoned:
    case Verdict::waived:
      GOVSEAL_ASSERT(false);
  }
  std::set<std::string> found;
  for (SealFinding const& finding : verdict.findings) found.insert(finding.code);
  GOVSEAL_ASSERT(verdict.findings_truncated || found == verdict.codes);
  std::string const json = verdict_json(verdict, "run", std::nullopt);
  GOVSEAL_ASSERT(std::holds_alternative<JsonValue>(parse_json(json)));
}

/// An empty part is no file.
void try_folder(std::string_view input) {
  MemoryFileSystem files;
  files.make_directory("/runs");
  files.make_directory(kFolder);
  for (char const* const name : kFiles) {
    auto const end = std::min(input.find('\0'), input.size());
    std::string_view const part = input.substr(0, end);
    if (!part.empty()) files.write(std::string(kFolder) + "/" + name, part);
    input.remove_prefix(std::min(end + 1, input.size()));
  }
  InlinePool pool;
  VerifyOptions options;
  options.folder_name = "ok_builder_order";
  options.age = std::chrono::seconds(0);
  auto const verdict = verify_folder(files, *files.open(kFolder), options, pool, {});
  check_verdict(std::get<FolderVerdict>(verdict));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  try_envelope(input);
  try_manifest(input);
  try_hash_file(input);
  try_legacy(input);
  try_compat_readers(input);
  try_line_ends(input);
  try_folder(input);
  return 0;
}
