#include "sealing/ledger/checkpoints_log.h"

#include <array>

#include "sealing/ledger/line_reader.h"

namespace govseal {
namespace {

/// The largest checkpoint with our signature among all lines that can be read.
std::optional<Checkpoint> find_best_signed(File const& file, Ed25519PublicKey const& log_key) {
  std::optional<Checkpoint> best;
  LineReader reader(file, kCheckpointLineBytesMax);
  while (auto const line = reader.next()) {
    auto const parsed = parse_checkpoint_line(line->text);
    if (parsed)
      best = larger_checkpoint(std::move(best), open_own_checkpoint(parsed->note, log_key));
  }
  return best;
}

/// Adds a line to what is good so far, or says what is wrong with it.
void take_checkpoint_line(CheckpointsScan& scan, LineReader::Line const& line) {
  bool const is_after_bad_line = scan.torn_bytes > 0;
  bool const is_too_long = !line.complete && line.text.size() > kCheckpointLineBytesMax;
  if (is_after_bad_line || is_too_long) {
    scan.is_damaged = true;
    return;
  }
  std::uint64_t const bytes = line.text.size() + (line.complete ? 1 : 0);
  auto parsed = line.complete ? parse_checkpoint_line(line.text) : std::nullopt;
  if (!parsed) {
    scan.torn_bytes = bytes;
    return;
  }
  std::uint64_t const size_before = scan.last ? scan.last->tree.size : 0;
  if (parsed->tree.size <= size_before) {
    scan.is_damaged = true;
    return;
  }
  scan.good_bytes += bytes;
  scan.last = std::move(parsed);
}

}  // namespace

std::optional<Checkpoint> open_own_checkpoint(std::string_view note,
                                              Ed25519PublicKey const& log_key) {
  auto const parsed = parse_note(note);
  auto const* const signed_note = std::get_if<SignedNote>(&parsed);
  auto const body =
      signed_note == nullptr ? std::nullopt : parse_checkpoint_body(signed_note->text);
  if (!body || !is_note_name(body->origin)) return std::nullopt;
  std::array const keys = {VerifierKey{.name = body->origin, .key = log_key}};
  auto const opened = open_checkpoint(note, keys);
  if (!std::holds_alternative<Checkpoint>(opened)) return std::nullopt;
  return body;
}

std::optional<Checkpoint> larger_checkpoint(std::optional<Checkpoint> a,
                                            std::optional<Checkpoint> b) {
  if (!a) return b;
  return b && b->tree.size > a->tree.size ? b : a;
}

CheckpointsScan scan_checkpoints(Directory const& ledger, Ed25519PublicKey const& log_key,
                                 bool drop_cache) {
  CheckpointsScan scan;
  auto opened = ledger.open_file(RelativePath::of("checkpoints.log"));
  auto* const file = std::get_if<std::unique_ptr<File>>(&opened);
  if (file == nullptr) {
    scan.is_damaged = true;
    return scan;
  }
  if (drop_cache) (*file)->drop_cache();
  LineReader reader(**file, kCheckpointLineBytesMax);
  while (auto const line = reader.next()) {
    take_checkpoint_line(scan, *line);
    if (scan.is_damaged) break;
  }
  if (scan.last) scan.best_known = open_own_checkpoint(scan.last->note, log_key);
  scan.is_damaged = scan.is_damaged || !scan.best_known;
  if (scan.is_damaged) scan.best_known = find_best_signed(**file, log_key);
  return scan;
}

}  // namespace govseal
