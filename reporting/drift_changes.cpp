#include "reporting/drift_parts.h"
#include "reporting/json_objects.h"

namespace govseal::drift {
namespace {

void write_change(JsonWriter& writer, Change const& change) {
  writer.begin_object().member("what", change.type);
  write_time(writer, "time", change.time);
  writer.key("roots").begin_array();
  if (change.root) writer.value(*change.root);
  for (std::string const& root : change.roots) writer.value(root);
  writer.end_array();
  write_optional_path(writer, "detail", change.detail);
  writer.member("ledger", change.record).end_object();
}

void write_configuration(JsonWriter& writer, Change const& change) {
  writer.begin_object().member("what", change.type);
  write_time(writer, "time", change.time);
  write_optional_path(writer, "detail", change.detail);
  write_digest(writer, "sha256", change.config);
  writer.key("keys").begin_array();
  for (std::string const& key : change.keys) writer.value(key);
  writer.end_array().member("ledger", change.record).end_object();
}

}  // namespace

void write_changes(JsonWriter& writer, RepositoryDrift const& drift) {
  RepositorySnapshot const& repository = drift.snapshot;
  writer.key("changes").begin_object().member("configured", repository.configured);
  writer.member("readable", repository.readable);
  write_optional_path(writer, "unreadable_reason", repository.unreadable_reason);
  writer.key("items").begin_array();
  for (Change const& change : drift.period.changes) write_change(writer, change);
  writer.end_array().key("configuration").begin_array();
  for (Change const& change : drift.whole.configuration) write_configuration(writer, change);
  writer.end_array();
  write_end_of_part(writer, drift, Part::changes);
  writer.end_object();
}

}  // namespace govseal::drift
