#include "sealing/verdict_json.h"

#include "base/utf8.h"

namespace govseal {
namespace {

void write_strings(JsonWriter& writer, std::string_view key, std::set<std::string> const& texts) {
  writer.key(key).begin_array();
  for (std::string const& text : texts) writer.value(text);
  writer.end_array();
}

void write_digest(JsonWriter& writer, std::string_view key, std::optional<Digest> const& digest) {
  writer.key(key);
  digest ? writer.value(digest->hex()) : writer.null();
}

void write_name(JsonWriter& writer, std::string_view key, std::optional<std::string_view> name) {
  writer.member(key, name);
}

void write_findings(JsonWriter& writer, FolderVerdict const& verdict) {
  writer.key("findings").begin_array();
  for (SealFinding const& finding : verdict.findings) {
    writer.begin_object();
    writer.member("code", finding.code);
    writer.key("path");
    finding.path.empty() ? writer.null() : writer.value(finding.path);
    writer.member("expected", finding.expected);
    writer.member("actual", finding.actual);
    writer.end_object();
  }
  writer.end_array();
  if (verdict.findings_truncated) writer.member("findings_truncated", true);
}

void write_compat(JsonWriter& writer, CompatVerdict const& compat) {
  writer.key("compat").begin_object();
  if (!compat.pass) {
    writer.key("verdict").null();
    writer.member("reason", compat.reason);
    writer.end_object();
    return;
  }
  writer.member("verdict", *compat.pass ? "PASS" : "FAIL");
  writer.member("aborted", compat.aborted);
  writer.key("messages").begin_array();
  for (std::string const& message : compat.messages) writer.value(message);
  writer.end_array().end_object();
}

void write_history(JsonWriter& writer, std::optional<VerdictHistory> const& history) {
  writer.key("history");
  if (!history) {
    writer.null();
    return;
  }
  writer.begin_object();
  write_digest(writer, "bound_root", history->bound_root);
  write_digest(writer, "bound_hashfile_sha256", history->bound_hashfile_sha256);
  writer.member("log_index", history->log_index);
  writer.key("violations").begin_array();
  for (std::string const& violation : history->violations) writer.value(violation);
  writer.end_array().end_object();
}

template <typename T, typename Name>
std::optional<std::string_view> named(std::optional<T> const& value, Name name) {
  return value ? std::optional<std::string_view>(name(*value)) : std::nullopt;
}

}  // namespace

void write_verdict_members(JsonWriter& writer, FolderVerdict const& verdict,
                           std::optional<VerdictHistory> const& history) {
  write_name(writer, "verdict", named(verdict.verdict, verdict_name));
  write_strings(writer, "codes", verdict.codes);
  write_strings(writer, "warnings", verdict.warnings);
  write_findings(writer, verdict);
  write_name(writer, "style", named(verdict.style, seal_style_name));
  write_name(writer, "dialect", named(verdict.dialect, dialect_name));
  write_name(writer, "variant", named(verdict.variant, line_order_name));
  write_digest(writer, "root", verdict.root);
  write_digest(writer, "root_computed", verdict.root_computed);
  write_digest(writer, "manifest_sha256", verdict.manifest_sha256);
  write_digest(writer, "hashfile_sha256", verdict.hashfile_sha256);
  writer.member("files", verdict.files);
  writer.member("bytes", verdict.bytes);
  write_compat(writer, verdict.compat);
  write_history(writer, history);
  if (!verdict.verdict) writer.member("error", verdict.error);
}

std::string verdict_json(FolderVerdict const& verdict, std::string_view path,
                         std::optional<VerdictHistory> const& history) {
  JsonWriter writer(JsonWriter::Style::compact, JsonWriter::Escapes::ascii);
  writer.begin_object();
  writer.member("v", 1);
  writer.member("path", path);
  write_verdict_members(writer, verdict, history);
  writer.end_object();
  return writer.take();
}

std::string verdict_text(FolderVerdict const& verdict, std::string_view path,
                         std::optional<VerdictHistory> const& history) {
  std::string const shown = escape_for_display(path);
  if (!verdict.verdict) return "ERROR " + shown + " " + escape_for_display(verdict.error);
  std::string line(verdict_name(*verdict.verdict));
  line += " " + shown;
  if (verdict.verdict == Verdict::valid && verdict.root) line += " ROOT " + verdict.root->hex();
  for (std::string const& code : verdict.codes) line += " " + code;
  if (!history) return line + " history not checked";
  for (std::string const& violation : history->violations) line += " VIOLATION " + violation;
  return line;
}

std::string compat_text(CompatVerdict const& compat, std::string_view path) {
  std::string out = compat.pass.value_or(false) ? "PASS " : "FAIL ";
  out += escape_for_display(path);
  for (std::string const& message : compat.messages) {
    out += "\n  " + escape_for_display(message);
  }
  return out;
}

CompatVerdict compat_not_a_directory(std::string_view argument) {
  CompatVerdict compat;
  compat.reason.clear();
  compat.pass = false;
  compat.messages.push_back("ERROR: " + std::string(argument) + " is not a directory");
  return compat;
}

}  // namespace govseal
