#include "reporting/layer_down/record_judge.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/clock.h"

namespace govseal {
namespace {

/// `YYYY-MM-DDTHH:MM:SSZ` in seconds; other forms that parse_utc() knows are none here.
std::optional<std::int64_t> parse_timestamp(std::optional<std::string> const& text) {
  if (!text || text->size() != std::string_view("0000-00-00T00:00:00Z").size()) return std::nullopt;
  auto time = parse_utc(*text);
  if (!time) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::seconds>(*time).count();
}

/// `layer-down-dispatch-YYYYMMDD-HHMMSS.json` of a valid timestamp.
std::string stamped_name(std::string const& timestamp) {
  std::string name = "layer-down-dispatch-";
  for (char byte : timestamp) {
    if (byte >= '0' && byte <= '9') name += byte;
    if (byte == 'T') name += '-';
  }
  return name + ".json";
}

RecordVerdict verdict_of(std::optional<std::uint32_t> owner, DispatchHistory const& history) {
  if (!owner) return RecordVerdict::orphan;
  return history.find_event(*owner) != nullptr ? RecordVerdict::event : RecordVerdict::non_event;
}

JudgedCover judge_cover(JsonValue const& value, std::optional<Resolution> const& resolution,
                        DispatchHistory const& history) {
  JudgedCover cover;
  cover.value = value;
  auto const* commit = resolution ? std::get_if<ResolvedCommit>(&*resolution) : nullptr;
  if (commit == nullptr) return cover;
  auto owner = history.owner_of(commit->commit);
  cover.verdict = verdict_of(owner, history);
  if (owner) cover.owner = history.line()[*owner];
  return cover;
}

void note_time(DispatchRecord const& record, std::string const& file, std::int64_t committed_s,
               std::set<std::string>& notes) {
  auto timestamp = parse_timestamp(record.timestamp);
  if (!timestamp) {
    notes.insert("timestamp_invalid");
    return;
  }
  if (*timestamp < committed_s) notes.insert("before_commit");
  if (stamped_name(*record.timestamp) != file) notes.insert("stamp_mismatch");
}

std::set<std::string> notes_of(DispatchRecord const& record, JudgedRecord const& judged,
                               ResolvedCommit const& commit) {
  std::set<std::string> notes;
  if (record.commit.trimmed) notes.insert("trimmed");
  if (record.commit.upper_case) notes.insert("upper_case");
  if (record.commit.digits.size() < 40) notes.insert("short_sha");
  if (judged.owner && *judged.owner != commit.commit) notes.insert("side_commit");
  note_time(record, judged.file, commit.committed_s, notes);
  if (record.has_covers && record.layout != 'P') notes.insert("covers_ignored");
  bool invalid = std::any_of(judged.covers.begin(), judged.covers.end(),
                             [](JudgedCover const& cover) { return !cover.verdict; });
  if (invalid || record.covers_not_array) notes.insert("covers_invalid");
  return notes;
}

}  // namespace

char const* name_of(RecordVerdict verdict) noexcept {
  switch (verdict) {
    case RecordVerdict::event:
      return "event";
    case RecordVerdict::non_event:
      return "non_event";
    case RecordVerdict::orphan:
      return "orphan";
    case RecordVerdict::malformed:
      return "malformed";
  }
  return "";
}

JudgedRecord judge_record(RecordFile const& file, DispatchHistory const& history) {
  JudgedRecord judged;
  judged.file = file.file;
  judged.source = file.source;
  judged.sha256 = file.sha256;
  judged.verdict = RecordVerdict::malformed;
  if (auto const* defect = std::get_if<RecordDefect>(&file.content)) {
    judged.defect = *defect;
    return judged;
  }
  auto const* commit = std::get_if<ResolvedCommit>(&*file.commit);
  if (commit == nullptr) {
    judged.defect = std::get<RecordDefect>(*file.commit);
    return judged;
  }
  auto const& record = std::get<DispatchRecord>(file.content);
  judged.layout = record.layout;
  judged.commit = commit->commit;
  auto owner = history.owner_of(commit->commit);
  judged.verdict = verdict_of(owner, history);
  if (owner) judged.owner = history.line()[*owner];
  for (std::size_t i = 0; i < record.covers.size(); ++i) {
    judged.covers.push_back(judge_cover(record.covers[i], file.covers[i], history));
  }
  auto notes = notes_of(record, judged, *commit);
  judged.notes.assign(notes.begin(), notes.end());
  return judged;
}

std::vector<std::uint32_t> owners_of(JudgedRecord const& record, DispatchHistory const& history) {
  std::set<std::uint32_t> positions;
  auto add = [&](std::optional<CommitId> const& owner) {
    if (!owner) return;
    if (auto position = history.position_on_line(*owner)) positions.insert(*position);
  };
  add(record.owner);
  for (auto const& cover : record.covers) add(cover.owner);
  return {positions.begin(), positions.end()};
}

}  // namespace govseal
