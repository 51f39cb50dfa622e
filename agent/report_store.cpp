#include "agent/report_store.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"

namespace govseal {
namespace {

std::string report_name(std::uint64_t upto) {
  std::string digits = std::to_string(upto);
  return "drift-" + std::string(digits.size() < 12 ? 12 - digits.size() : 0, '0') + digits;
}

std::uint64_t newest_record(Snapshot const& snapshot) {
  return snapshot.ledger.size == 0 ? 0 : snapshot.ledger.size - 1;
}

}  // namespace

DriftInput ReportStore::make_input(Snapshot const& snapshot, std::uint64_t from,
                                   std::uint64_t upto) const {
  return DriftInput{.snapshot = snapshot,
                    .host = host_,
                    .from_index = from,
                    .to_index = upto,
                    .read_records =
                        [this](std::uint64_t first, std::uint64_t last,
                               std::function<void(Record const&)> const& visit) {
                          constexpr std::uint64_t kPiece = 512;  // commits go on in between
                          for (; first < last; first += kPiece) {
                            std::uint64_t const end = std::min(last, first + kPiece);
                            ledger_.with_ledger(
                                [&](Ledger& ledger) { ledger.for_each_record(first, end, visit); });
                          }
                        },
                    .repository = std::nullopt,
                    .visible = std::nullopt};
}

// The period begins behind the record that the last stored report covered.
std::uint64_t ReportStore::last_reported(std::uint64_t upto) const {
  auto reports = state_.open_directory(RelativePath::of("reports"));
  auto const* const directory = std::get_if<std::unique_ptr<Directory>>(&reports);
  if (directory == nullptr) return 0;
  std::uint64_t newest = 0;
  for (DirectoryEntry const& entry : (*directory)->list()) {
    std::string const& name = entry.name;
    if (name.size() != 23 || !name.starts_with("drift-") || !name.ends_with(".json")) continue;
    std::uint64_t const index = std::strtoull(name.substr(6, 12).c_str(), nullptr, 10);
    if (index < upto) newest = std::max(newest, index + 1);
  }
  return newest;
}

StoredReport ReportStore::store(Snapshot const& snapshot, std::uint64_t upto) {
  DriftReport const report = make_drift_report(make_input(snapshot, last_reported(upto), upto));
  std::string const markdown = render_drift_markdown(report.json);
  std::string const text = render_drift_text(report.json);
  auto const reports = make_directories(state_, RelativePath::of("reports"), 0700);
  std::string const name = report_name(upto);
  struct Form {
    char const* ending;
    std::string const& bytes;
  };
  for (Form const& form : {Form{".json", report.json}, Form{".md", markdown}, Form{".txt", text}}) {
    write_durably(*reports, name + form.ending, bytes_of(form.bytes), 0600);
  }
  for (Form const& form : {Form{".json", report.json}, Form{".md", markdown}, Form{".txt", text}}) {
    write_durably(*reports, std::string("latest") + form.ending, bytes_of(form.bytes), 0600);
  }
  return {.name = name,
          .json = sha256(report.json),
          .markdown = sha256(markdown),
          .html = std::nullopt,
          .text = sha256(text),
          .state = report.state,
          .findings = report.findings};
}

std::string ReportStore::render(DriftRequest const& request) const {
  std::uint64_t const upto = newest_record(*request.snapshot);
  DriftInput input =
      make_input(*request.snapshot, request.since.value_or(last_reported(upto)), upto);
  input.repository = request.repository;
  if (request.filtered) input.visible = request.visible;
  DriftReport const report = make_drift_report(input);
  switch (request.format) {
    case ReportFormat::json:
      return report.json;
    case ReportFormat::text:
      return render_drift_text(report.json);
    case ReportFormat::markdown:
      return render_drift_markdown(report.json);
    case ReportFormat::html:
      break;
  }
  throw Error("render", "drift report", "this form is not available");
}

}  // namespace govseal
