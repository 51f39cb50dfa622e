// What `govseal verify` prints (sealing.md 14), byte for byte.
#include <doctest/doctest.h>

#include <cerrno>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "sealing/verdict_json.h"

namespace govseal {
namespace {

std::string hex(char digit) {
  return std::string(64, digit);
}
Digest digest(char digit) {
  return *Digest::from_hex(hex(digit));
}

FolderVerdict valid_verdict() {
  FolderVerdict verdict;
  verdict.verdict = Verdict::valid;
  verdict.warnings = {"hashfile.crlf"};
  verdict.style = SealStyle::contract;
  verdict.dialect = Dialect::envelope;
  verdict.variant = LineOrder::b;
  verdict.root = digest('a');
  verdict.root_computed = digest('a');
  verdict.manifest_sha256 = digest('b');
  verdict.hashfile_sha256 = digest('c');
  verdict.files = 3;
  verdict.bytes = 9'007'199'254'740'993;
  verdict.compat = {true, false, {}, ""};
  return verdict;
}

FolderVerdict invalid_verdict() {
  FolderVerdict verdict;
  verdict.verdict = Verdict::invalid;
  verdict.codes = {"tree.missing", "content.hash"};
  verdict.findings = {{"content.hash", "a\nb", hex('d'), hex('e')},
                      {"tree.missing", "gone", std::nullopt, std::nullopt}};
  verdict.style = SealStyle::contract;
  verdict.files = 0;
  verdict.bytes = 0;
  verdict.compat = {false, false, {"SEAL_INVALID: file missing: gone"}, ""};
  return verdict;
}

}  // namespace

TEST_CASE("a VALID folder as JSON: every key, in its order") {
  CHECK(verdict_json(valid_verdict(), "runs/run", std::nullopt) ==
        "{\"v\":1,\"path\":\"runs/run\",\"verdict\":\"VALID\",\"codes\":[],"
        "\"warnings\":[\"hashfile.crlf\"],\"findings\":[],\"style\":\"contract\","
        "\"dialect\":\"envelope\",\"variant\":\"B\",\"root\":\"" +
            hex('a') + "\",\"root_computed\":\"" + hex('a') + "\",\"manifest_sha256\":\"" +
            hex('b') + "\",\"hashfile_sha256\":\"" + hex('c') +
            "\",\"files\":3,\"bytes\":9007199254740993,"
            "\"compat\":{\"verdict\":\"PASS\",\"aborted\":false,\"messages\":[]},"
            "\"history\":null}");
}

TEST_CASE("an INVALID folder as JSON: codes sorted, findings with null where there is nothing") {
  CHECK(verdict_json(invalid_verdict(), "r", std::nullopt) ==
        "{\"v\":1,\"path\":\"r\",\"verdict\":\"INVALID\","
        "\"codes\":[\"content.hash\",\"tree.missing\"],\"warnings\":[],\"findings\":["
        "{\"code\":\"content.hash\",\"path\":\"a\\nb\",\"expected\":\"" +
            hex('d') + "\",\"actual\":\"" + hex('e') +
            "\"},{\"code\":\"tree.missing\",\"path\":\"gone\",\"expected\":null,\"actual\":null}],"
            "\"style\":\"contract\",\"dialect\":null,\"variant\":null,\"root\":null,"
            "\"root_computed\":null,\"manifest_sha256\":null,\"hashfile_sha256\":null,"
            "\"files\":0,\"bytes\":0,\"compat\":{\"verdict\":\"FAIL\",\"aborted\":false,"
            "\"messages\":[\"SEAL_INVALID: file missing: gone\"]},\"history\":null}");
}

TEST_CASE("history is printed where the ledger was asked") {
  VerdictHistory history;
  std::string const head = "\"history\":{\"bound_root\":";
  CHECK(
      verdict_json(valid_verdict(), "r", history)
          .ends_with(head +
                     "null,\"bound_hashfile_sha256\":null,\"log_index\":null,\"violations\":[]}}"));
  history = {digest('1'), digest('2'), 7, {"seal_rewritten", "sealed_write"}};
  CHECK(
      verdict_json(valid_verdict(), "r", history)
          .ends_with(head + "\"" + hex('1') + "\",\"bound_hashfile_sha256\":\"" + hex('2') +
                     "\",\"log_index\":7,\"violations\":[\"seal_rewritten\",\"sealed_write\"]}}"));
}

TEST_CASE("a folder that could not be read has a verdict null and an error at the end") {
  FolderVerdict verdict;
  try {
    throw_errno(EACCES, "open", "run");
  } catch (Error const& error) {
    verdict = make_error_verdict(error);
  }
  CHECK(!verdict.verdict.has_value());
  std::string const json = verdict_json(verdict, "run", std::nullopt);
  CHECK(json.starts_with("{\"v\":1,\"path\":\"run\",\"verdict\":null,\"codes\":[],"));
  CHECK(
      json.find("\"files\":null,\"bytes\":null,\"compat\":{\"verdict\":null,\"reason\":\"error\"},"
                "\"history\":null,\"error\":\"") != std::string::npos);
  CHECK(json.ends_with("\"}"));
  CHECK(verdict_text(verdict, "run", std::nullopt).starts_with("ERROR run "));
}

TEST_CASE("findings beyond the limit are said to be cut off, others never are") {
  FolderVerdict verdict = invalid_verdict();
  CHECK(verdict_json(verdict, "r", std::nullopt).find("findings_truncated") == std::string::npos);
  verdict.findings_truncated = true;
  CHECK(verdict_json(verdict, "r", std::nullopt)
            .find("\"actual\":null}],\"findings_truncated\":true,\"style\"") != std::string::npos);
}

TEST_CASE("paths are any bytes, and the line is still ASCII, one line and JSON") {
  FolderVerdict verdict = invalid_verdict();
  verdict.findings[0].path = "\xC3\xA9\x1B[31m\x7F\xFF\"\\";
  std::string const json = verdict_json(verdict, "a\nb\xE2\x80\xAE", std::nullopt);
  for (char const c : json) CHECK((c >= 0x20 && c < 0x7F));
  CHECK(json.find("\"path\":\"a\\nb\\u202e\"") != std::string::npos);
  CHECK(json.find("\\u00e9\\u001b[31m\\u007f") != std::string::npos);
  CHECK(std::holds_alternative<JsonValue>(parse_json(json)));
}

TEST_CASE("the text says verdict, path, root or codes, and violations") {
  CHECK(verdict_text(valid_verdict(), "r", VerdictHistory{}) == "VALID r ROOT " + hex('a'));
  CHECK(verdict_text(valid_verdict(), "r", std::nullopt) ==
        "VALID r ROOT " + hex('a') + " history not checked");
  CHECK(verdict_text(invalid_verdict(), "r", VerdictHistory{}) ==
        "INVALID r content.hash tree.missing");
  VerdictHistory history;
  history.violations = {"seal_rewritten"};
  CHECK(verdict_text(valid_verdict(), "r", history) ==
        "VALID r ROOT " + hex('a') + " VIOLATION seal_rewritten");
  // A name cannot split the line or colour it.
  std::string const text = verdict_text(invalid_verdict(), "a\nb\x1B[31m", VerdictHistory{});
  CHECK(text.find('\n') == std::string::npos);
  CHECK(text.find('\x1B') == std::string::npos);
}

TEST_CASE("every verdict and style has its word, and the word leads back") {
  for (Verdict const verdict : {Verdict::valid, Verdict::invalid, Verdict::eol_normalized,
                                Verdict::legacy, Verdict::incomplete, Verdict::unsealed,
                                Verdict::open, Verdict::abandoned, Verdict::waived}) {
    CHECK(parse_verdict(verdict_name(verdict)) == verdict);
    bool const binds = verdict == Verdict::valid || verdict == Verdict::eol_normalized ||
                       verdict == Verdict::legacy;
    CHECK(makes_binding(verdict) == binds);
  }
  CHECK(verdict_name(Verdict::eol_normalized) == "EOL_NORMALIZED");
  CHECK(!parse_verdict("valid").has_value());
  CHECK(seal_style_name(SealStyle::evidence_pack) == "evidence_pack");
  CHECK(seal_style_name(SealStyle::catalog) == "catalog");
  CHECK(line_order_name(LineOrder::c) == "C");
}

TEST_CASE("reasons for a missing compat verdict are printed in its place") {
  for (std::string const reason : {"outside_folder", "too_large", "too_many", "off"}) {
    FolderVerdict verdict = valid_verdict();
    verdict.compat = {};
    verdict.compat.reason = reason;
    CHECK(verdict_json(verdict, "r", std::nullopt)
              .find("\"compat\":{\"verdict\":null,\"reason\":\"" + reason + "\"}") !=
          std::string::npos);
  }
}

}  // namespace govseal
