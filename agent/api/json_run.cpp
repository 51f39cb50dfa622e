#include "agent/api/json.h"
#include "base/clock.h"

namespace govseal {
namespace {

void write_settling(JsonWriter& writer, std::optional<Settling> const& settling) {
  writer.key("settling");
  if (!settling) {
    writer.null();
    return;
  }
  writer.begin_object().member("quiet_ms", settling->quiet_ms);
  writer.member("needs_ms", settling->needs_ms).member("writers", settling->writers);
  writer.member("probe", settling->probe).member("reason", settling->reason).end_object();
}

void write_reference(JsonWriter& writer, std::optional<LedgerReference> const& reference) {
  writer.key("ledger");
  if (!reference) {
    writer.null();
    return;
  }
  writer.begin_object().member("index", reference->index);
  writer.member("record_sha256", reference->record_sha256.hex()).end_object();
}

void write_git(JsonWriter& writer, std::optional<RunGit> const& git) {
  writer.key("git");
  if (!git) {
    writer.null();
    return;
  }
  writer.begin_object().member("tree", git->tree).member("stored", git->stored);
  write_strings(writer, "warnings", git->warnings);
  writer.end_object();
}

void write_violations(JsonWriter& writer, RunView const& run) {
  writer.key("violations").begin_array();
  for (auto const& violation : run.violations) {
    writer.begin_object().member("id", violation.id).member("name", violation.name);
    writer.member("state", to_text(violation.state)).end_object();
  }
  writer.end_array();
}

void write_history(JsonWriter& writer, RunView const& run) {
  writer.key("history").begin_array();
  for (auto const& item : run.history) {
    writer.begin_object().member("index", item.index).member("type", item.type);
    write_time(writer, "time", item.time);
    writer.end_object();
  }
  writer.end_array();
}

void write_verdict(JsonWriter& writer, RunView const& run, bool in_full) {
  writer.member("verdict", run.verdict);
  write_strings(writer, "codes", run.codes);
  write_strings(writer, "warnings", run.warnings);
  writer.member("style", run.style).member("dialect", run.dialect).member("variant", run.variant);
  write_digest(writer, "root", run.root);
  write_digest(writer, "manifest_sha256", run.manifest_sha256);
  write_digest(writer, "hashfile_sha256", run.hashfile_sha256);
  if (in_full) writer.member("files", run.files);
  writer.member("bytes", run.bytes);
  if (!run.verdict) writer.member("error", run.error);
}

}  // namespace

void write_run(JsonWriter& writer, RepositorySnapshot const& repository, RunView const& run,
               bool in_full) {
  writer.begin_object().member("repository", repository.id);
  write_path(writer, "run", run.run);
  write_path(writer, "run_root", run.run_root);
  if (!repository.configured) writer.member("configured", false);
  write_verdict(writer, run, in_full);
  writer.member("origin", run.origin);
  write_time(writer, "sealed_at", run.sealed_at);
  writer.member("enforce", run.enforce).key("verified");
  write_verified(writer, run.verified);
  write_settling(writer, run.settling);
  write_reference(writer, run.ledger);
  write_git(writer, run.git);
  if (in_full) {
    write_violations(writer, run);
    write_history(writer, run);
  }
  writer.member("waiver", run.waiver).end_object();
}

}  // namespace govseal
