#include "sealing/ledger/record.h"

#include <algorithm>

#include "base/error.h"
#include "base/utf8.h"
#include "sealing/ledger/record_scanner.h"
#include "sealing/ledger/record_schema.h"
#include "sealing/ledger/text_field.h"

namespace govseal {
namespace {

using Kind = RecordError::Kind;

std::optional<RecordError> check_bytes(std::string_view line) {
  if (line.size() > kRecordBytesMax) {
    return RecordError{Kind::too_long, kRecordBytesMax, "the record is longer than 65535 bytes"};
  }
  auto const control = std::find_if(line.begin(), line.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (control != line.end()) {
    auto const offset = static_cast<std::size_t>(control - line.begin());
    return RecordError{Kind::control_byte, offset, "the record has a control byte"};
  }
  if (!is_utf8(line)) return RecordError{Kind::not_utf8, 0, "the record is not UTF-8"};
  return std::nullopt;
}

RecordError envelope_error(RecordScanner const& scan, std::string_view key) {
  return {Kind::envelope, scan.offset(),
          "the envelope is not in its written form at `" + std::string(key) + "`"};
}

/// True when the line is a record of another version: nothing after `v` is known then.
bool is_other_version(std::string_view line) {
  RecordScanner scan(line);
  if (!scan.literal("{\"v\":")) return false;
  auto const version = scan.integer();
  return version && *version > 1 && (scan.next_is(",") || scan.next_is("}"));
}

std::variant<RecordHead, RecordError> scan_envelope(RecordScanner& scan) {
  RecordHead head;
  if (!scan.literal("{\"v\":1,\"seq\":")) return envelope_error(scan, "v");
  auto const seq = scan.integer();
  if (!seq || *seq < 0 || !scan.literal(",\"ts\":")) return envelope_error(scan, "seq");
  head.seq = static_cast<std::uint64_t>(*seq);
  auto const ts = scan.plain_string();
  if (!ts || !is_record_time(*ts) || !scan.literal(",\"boot\":")) return envelope_error(scan, "ts");
  head.ts = *ts;
  auto const boot = scan.plain_string();
  if (!boot || !is_boot_id(*boot) || !scan.literal(",\"type\":")) {
    return envelope_error(scan, "boot");
  }
  head.boot = *boot;
  auto const type = scan.plain_string();
  if (!type || !is_record_type(*type) || !scan.literal(",\"prev\":")) {
    return envelope_error(scan, "type");
  }
  head.type = *type;
  auto const prev = scan.plain_string();
  auto const digest = prev ? Digest::from_hex(*prev) : std::nullopt;
  if (!digest) return envelope_error(scan, "prev");
  head.prev = *digest;
  return head;
}

std::optional<RecordError> scan_known_fields(RecordScanner& scan, RecordSchema const& schema) {
  bool const good = (schema.fields.empty() || scan.literal(",")) && scan.members(schema.fields) &&
                    scan.literal("}") && scan.at_end();
  if (good) return std::nullopt;
  return RecordError{Kind::schema, scan.offset(),
                     "the fields of `" + std::string(schema.type) + "` are not as they must be, " +
                         "at `" + std::string(scan.field()) + "`"};
}

std::optional<RecordError> check_unknown_fields(std::string_view line, RecordScanner const& scan) {
  auto const parsed = parse_json(line);
  if (auto const* const error = std::get_if<JsonError>(&parsed)) {
    return RecordError{Kind::fields, error->offset, error->detail};
  }
  if (!scan.next_is(",") && !scan.next_is("}")) {
    return RecordError{Kind::fields, scan.offset(), "white space after the envelope"};
  }
  return std::nullopt;
}

}  // namespace

std::variant<RecordHead, RecordError> check_record(std::string_view line) {
  if (auto error = check_bytes(line)) return *std::move(error);
  if (is_other_version(line)) {
    return RecordError{Kind::unknown_version, 5,
                       "the record has a version this program is too "
                       "old for"};
  }
  RecordScanner scan(line);
  auto envelope = scan_envelope(scan);
  auto* const head = std::get_if<RecordHead>(&envelope);
  if (head == nullptr) return envelope;
  auto const* const schema = find_record_schema(head->type);
  head->known_type = schema != nullptr;
  auto error =
      schema != nullptr ? scan_known_fields(scan, *schema) : check_unknown_fields(line, scan);
  if (error) return *std::move(error);
  return envelope;
}

std::variant<Record, RecordError> parse_record(std::string_view line) {
  auto checked = check_record(line);
  if (auto* const error = std::get_if<RecordError>(&checked)) return std::move(*error);
  auto const& head = std::get<RecordHead>(checked);
  auto parsed = parse_json(line);
  if (auto* const error = std::get_if<JsonError>(&parsed)) {
    return RecordError{Kind::fields, error->offset, error->detail};
  }
  return Record{.seq = head.seq,
                .ts = std::string(head.ts),
                .boot = std::string(head.boot),
                .type = std::string(head.type),
                .prev = head.prev,
                .known_type = head.known_type,
                .body = std::move(std::get<JsonValue>(parsed)),
                .line = std::string(line)};
}

nanoseconds Record::wall() const {
  auto const time = parse_utc(ts);
  GOVSEAL_ASSERT(time.has_value());
  return *time;
}

std::string write_record_line(RecordDraft const& draft, RecordPlace const& place) {
  std::string line = "{\"v\":1,\"seq\":" + std::to_string(place.seq);
  line.reserve(draft.fields.size() + 256);
  line += ",\"ts\":\"" + format_utc_ns(place.wall);
  line += "\",\"boot\":\"" + std::string(place.boot_id);
  line += "\",\"type\":\"" + draft.type;
  line += "\",\"prev\":\"" + place.prev.hex() + '"';
  if (!draft.fields.empty()) line += ',' + draft.fields;
  line += '}';
  auto const checked = check_record(line);
  auto const* const head = std::get_if<RecordHead>(&checked);
  if (head == nullptr) {
    assertion_failed(std::get<RecordError>(checked).detail.c_str(), draft.type.c_str(), 0);
  }
  GOVSEAL_ASSERT(head->known_type);
  return line;
}

std::string write_record_line(RecordDraft const& draft, std::uint64_t seq, nanoseconds wall,
                              std::string_view boot_id, Digest const& prev) {
  return write_record_line(draft,
                           RecordPlace{.seq = seq, .wall = wall, .boot_id = boot_id, .prev = prev});
}

}  // namespace govseal
