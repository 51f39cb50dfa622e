#include <algorithm>

#include "agent/api/context.h"
#include "agent/api/proof.h"
#include "base/bytes.h"
#include "sealing/ledger/merkle.h"

namespace govseal {
namespace {

constexpr std::uint64_t kRecordsMax = 10'000;
constexpr std::uint64_t kAnswerBytesMax = 16 << 20;
constexpr std::uint64_t kLimitDefault = 100;

/// What a pool job needs to answer a range.
struct RangeRequest {
  std::uint64_t from = 0;
  std::uint64_t to = 0;     // exclusive
  std::uint64_t limit = 0;  // records in the answer
  std::optional<std::string> type;
  std::optional<std::string> repository;
  std::vector<std::string> visible;  // ids, sorted
  bool filtered = false;
  bool fixed = false;  // both ends were given, so the answer never changes
  bool lines = false;  // NDJSON
  std::string list;    // for the cursor
};

Problem not_in_ledger(std::uint64_t size) {
  return {"range-not-in-ledger",
          "the ledger has " + std::to_string(size) + " records",
          {{"size", std::to_string(size)}}};
}

/// The repositories a record is about: the fields that name one (ledger.md 3.5).
bool names_hidden(JsonValue const& record, RangeRequest const& request) {
  auto const hidden = [&request](std::string const* id) {
    return id && !std::binary_search(request.visible.begin(), request.visible.end(), *id);
  };
  if (hidden(record.find_string("repo")) || hidden(record.find_string("of_repo"))) return true;
  auto const* also_in = record.find("also_in");
  auto const* first = also_in ? also_in->find("first") : nullptr;
  if (!first || !first->as_array()) return false;
  return std::any_of(first->as_array()->begin(), first->as_array()->end(),
                     [&hidden](JsonValue const& id) { return hidden(id.as_string()); });
}

enum class Show { record, withheld, nothing };

/// A line that cannot be read as JSON belongs to nobody in particular: whoever is filtered does not
/// get it.
Show judge(std::string const& line, RangeRequest const& request) {
  bool const selects = request.type || request.repository;
  if (!request.filtered && !selects) return Show::record;
  auto const parsed = parse_json(line);
  auto const* record = std::get_if<JsonValue>(&parsed);
  if (request.filtered && (!record || names_hidden(*record, request))) {
    return selects ? Show::nothing : Show::withheld;
  }
  if (!selects) return Show::record;
  auto const* type = record ? record->find_string("type") : nullptr;
  auto const* repository = record ? record->find_string("repo") : nullptr;
  if (request.type && (!type || *type != *request.type)) return Show::nothing;
  if (request.repository && (!repository || *repository != *request.repository)) {
    return Show::nothing;
  }
  return Show::record;
}

std::string withheld_json(std::uint64_t index, std::string const& line) {
  JsonWriter writer;
  writer.begin_object().member("index", index).member("leaf_hash", leaf_hash(line).hex());
  return writer.member("withheld", true).end_object().take();
}

std::string item_json(std::uint64_t index, std::string const& line) {
  JsonWriter writer;
  writer.begin_object().member("index", index).member("leaf_hash", leaf_hash(line).hex());
  return writer.key("record").raw(line).end_object().take();
}

struct Range {
  std::vector<std::string> items;
  std::uint64_t next = 0;  // first index not looked at
  bool withheld = false;
};

Range read_range(LedgerView const& ledger, RangeRequest const& request) {
  Range range;
  range.next = request.from;
  // What is selected may lie far apart; otherwise no more is read than is shown.
  bool const selects = request.type || request.repository;
  auto const to = std::min(request.to, request.from + (selects ? kRecordsMax : request.limit));
  for (auto const& line : ledger.lines(request.from, to, kAnswerBytesMax)) {
    if (range.items.size() >= request.limit) break;
    std::uint64_t const index = range.next++;
    Show const show = judge(line, request);
    range.withheld |= show == Show::withheld;
    if (show == Show::nothing) continue;
    if (show == Show::withheld) range.items.push_back(withheld_json(index, line));
    if (show == Show::record) range.items.push_back(request.lines ? line : item_json(index, line));
  }
  return range;
}

ApiResponse range_answer(LedgerView const& ledger, CursorBox const& cursors,
                         AnswerStyle const& style, RangeRequest request) {
  std::uint64_t const size = ledger.size();
  if (request.from > size || (request.fixed && request.to > size)) {
    return problem_answer(style, not_in_ledger(size));
  }
  request.to = std::max(request.from, std::min(request.to, size));
  Range const range = read_range(ledger, request);
  std::optional<std::string> next;
  if (range.next < request.to) next = cursors.encode(request.list, sort_key(range.next));
  ApiResponse response;
  if (request.lines) {
    std::string text;
    for (auto const& item : range.items) text.append(item).append("\n");
    response = text_answer(style, "application/x-ndjson", std::move(text));
    if (next) set_header(response, "X-Next-Cursor", *next);
  } else {
    JsonWriter writer;
    writer.begin_object().key("items").begin_array();
    for (auto const& item : range.items) writer.raw(item);
    writer.end_array().member("size", size);
    end_list(writer, next, range.withheld);
    response = json_answer(style, writer.take());
  }
  bool const complete = request.fixed && range.next == request.to;
  if (complete) set_header(response, "Cache-Control", "private, immutable");
  return response;
}

ApiResponse head_answer(LedgerView const& ledger, AnswerStyle const& style,
                        LedgerStatus const& status, bool as_text) {
  std::string const checkpoint = ledger.checkpoint();
  auto const head = read_checkpoint(checkpoint);
  if (!head) {
    return problem_answer(
        style, {"starting", "the ledger has no signed checkpoint yet", {{"retry_after_s", "1"}}});
  }
  if (as_text) return text_answer(style, "text/plain; charset=utf-8", checkpoint);
  JsonWriter writer;
  writer.begin_object().member("origin", head->origin).member("epoch", status.epoch);
  writer.member("size", head->tree.size).member("root", head->tree.root.hex());
  auto const time =
      status.checkpoint_at ? std::optional(format_utc_ms(*status.checkpoint_at)) : std::nullopt;
  writer.member("time", time).member("checkpoint", checkpoint).end_object();
  return json_answer(style, writer.take());
}

struct ProofRequest {
  bool inclusion = false;
  std::uint64_t first = 0;   // index, or the smaller size
  std::uint64_t second = 0;  // size
};

ApiResponse proof_answer(LedgerView const& ledger, AnswerStyle const& style,
                         ProofRequest const& request) {
  std::uint64_t const size = ledger.size();
  bool const in_tree =
      request.inclusion ? request.first < request.second : request.first <= request.second;
  if (!in_tree || request.second > size) return problem_answer(style, not_in_ledger(size));
  auto const hashes = request.inclusion ? ledger.inclusion_proof(request.first, request.second)
                                        : ledger.consistency_proof(request.first, request.second);
  JsonWriter writer;
  writer.begin_object().key("hashes").begin_array();
  for (auto const& hash : hashes) writer.value(to_base64(hash.span()));
  writer.end_array().member("checkpoint", ledger.checkpoint_of(request.second)).end_object();
  ApiResponse response = json_answer(style, writer.take());
  set_header(response, "Cache-Control", "private, immutable");
  return response;
}

}  // namespace

ApiReply handle_ledger(ApiContext const& context) {
  RangeRequest request;
  request.list = list_name(context.route, nullptr);
  request.from = context.number("from").value_or(0);
  if (context.cursor_key) request.from = parse_number(*context.cursor_key).value_or(0);
  auto const to = context.number("to");
  if (to && *to < request.from) {
    return problem_answer(context.style, bad_parameter("to", "to: must not be before from"));
  }
  request.to = to.value_or(~std::uint64_t{0});
  request.fixed = to.has_value();
  request.limit = context.number("limit").value_or(to ? kRecordsMax : kLimitDefault);
  if (auto const* type = context.parameter("type")) request.type = *type;
  if (auto const* repository = context.parameter("repository")) request.repository = *repository;
  request.visible = context.visible_ids();
  request.filtered = context.filtered;
  request.lines = context.media == "application/x-ndjson";
  OnPool job;
  job.work = [&ledger = context.parts.ledger, &cursors = context.cursors, style = context.style,
              request = std::move(request)] {
    return range_answer(ledger, cursors, style, request);
  };
  return job;
}

ApiReply handle_ledger_head(ApiContext const& context) {
  OnPool job;
  job.work = [&ledger = context.parts.ledger, style = context.style,
              status = context.snapshot->ledger, as_text = context.media == "text/plain"] {
    return head_answer(ledger, style, status, as_text);
  };
  return job;
}

ApiReply handle_ledger_proof(ApiContext const& context) {
  auto const has = [&context](char const* name) { return context.parameter(name) != nullptr; };
  bool const has_index = has("index") && has("size") && !has("first") && !has("second");
  bool const has_sizes = has("first") && has("second") && !has("index") && !has("size");
  if (!has_index && !has_sizes) {
    return problem_answer(
        context.style,
        bad_parameter("index", "index: give either index and size, or first and second"));
  }
  ProofRequest request;
  request.inclusion = has_index;
  request.first = *context.number(has_index ? "index" : "first");
  request.second = *context.number(has_index ? "size" : "second");
  OnPool job;
  job.work = [&ledger = context.parts.ledger, style = context.style, request] {
    return proof_answer(ledger, style, request);
  };
  return job;
}

}  // namespace govseal
