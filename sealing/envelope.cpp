#include "sealing/envelope.h"

#include <algorithm>
#include <vector>

#include "base/utf8.h"
#include "sealing/json_scanner.h"

namespace govseal {
namespace {

using Event = JsonScanner::Event;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Reads the members of run.json that count. The last one of a name does.
class Reader {
 public:
  explicit Reader(std::string_view bytes)
      : scanner_(bytes, JsonScanner::Dialect::rfc8259, kStrictJsonDepthMax) {}

  Envelope read() {
    Event const first = scanner_.next();
    bool const is_object = first == Event::begin_object;
    bool const ok = is_object ? read_members() : scanner_.finish_value(first);
    bool const is_json = ok && scanner_.next() == Event::end && scanner_.lone_surrogates() == 0;
    if (!is_json || !is_object) {
      out_ = {};
      out_.codes.emplace(is_json ? "run_json.not_object" : "run_json.json");
      return std::move(out_);
    }
    out_.readable = true;
    std::sort(keys_.begin(), keys_.end());
    if (std::adjacent_find(keys_.begin(), keys_.end()) != keys_.end()) {
      out_.codes.emplace("run_json.duplicate_key");
    }
    if (!out_.run_id) out_.codes.emplace("run_json.run_id");
    return std::move(out_);
  }

 private:
  bool read_members() {
    while (true) {
      Event const event = scanner_.next();
      if (event == Event::end_object) return true;
      if (event != Event::key) return false;
      keys_.emplace_back(scanner_.string());
      if (!read_value(keys_.back())) return false;
    }
  }

  bool read_value(std::string const& key) {
    Event const event = scanner_.next();
    std::optional<std::string> text;
    if (event == Event::string && !scanner_.string().empty()) text = scanner_.string();
    if (key == "run_id") out_.run_id = text;
    if (key == "created_utc") out_.created_utc = text;
    if (key == "created_utc") out_.has_created_utc = true;
    if (key == "finished_utc") out_.finished_utc = text;
    return scanner_.finish_value(event);
  }

  JsonScanner scanner_;
  Envelope out_;
  std::vector<std::string> keys_;
};

Envelope with_code(std::string_view code) {
  Envelope envelope;
  envelope.codes.emplace(code);
  return envelope;
}

}  // namespace

std::string_view dialect_name(Dialect dialect) noexcept {
  switch (dialect) {
    case Dialect::envelope:
      return "envelope";
    case Dialect::runwriter:
      return "runwriter";
    case Dialect::path1:
      return "path1";
  }
  return "";
}

Envelope parse_envelope(std::string_view bytes) {
  if (bytes.starts_with(kByteOrderMark)) return with_code("run_json.bom");
  if (!is_utf8(bytes)) return with_code("run_json.not_utf8");
  return Reader(bytes).read();
}

std::optional<Dialect> find_dialect(Envelope const& envelope, bool has_checks) {
  if (!envelope.readable) return std::nullopt;
  if (envelope.created_utc) return Dialect::envelope;
  bool const runwriter = !envelope.has_created_utc && envelope.finished_utc && has_checks;
  return runwriter ? std::optional(Dialect::runwriter) : std::nullopt;
}

bool is_utc_second(std::string_view text) noexcept {
  constexpr std::string_view kForm = "0000-00-00T00:00:00Z";
  if (text.size() != kForm.size()) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    bool const digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == '0' ? !digit : text[i] != kForm[i]) return false;
  }
  return true;
}

EnvelopeJudgement judge_envelope(Envelope const& envelope, std::string_view folder_name,
                                 bool has_checks) {
  EnvelopeJudgement out;
  out.codes = envelope.codes;
  if (!envelope.readable) return out;
  if (envelope.run_id && *envelope.run_id != folder_name) {
    out.codes.emplace("run_json.id_mismatch");
  }
  out.dialect = find_dialect(envelope, has_checks);
  if (!out.dialect) out.codes.emplace("run_json.created_utc");
  if (out.dialect == Dialect::envelope && !is_utc_second(*envelope.created_utc)) {
    out.warnings.emplace("run_json.created_utc_format");
  }
  return out;
}

}  // namespace govseal
