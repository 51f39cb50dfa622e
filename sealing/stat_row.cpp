#include "sealing/stat_row.h"

#include <utility>

namespace govseal {
namespace {

StatRow row_for(StatRowContext const& context) {
  StatRow row;
  row.repo = context.repo;
  row.path = context.run_path.str();
  row.log_index = context.log_index;
  row.hashed = context.hashed;
  return row;
}

}  // namespace

std::optional<Digest> binding_file_of(FolderVerdict const& verdict) {
  return verdict.style == SealStyle::evidence_pack ? verdict.manifest_sha256
                                                   : verdict.hashfile_sha256;
}

StatRow make_stat_row(SealPlan const& plan, Published const& published,
                      StatRowContext const& context) {
  StatRow row = row_for(context);
  row.style = seal_style_name(SealStyle::contract);
  row.root = plan.bytes.root;
  row.hashfile_sha = plan.bytes.hashfile_sha256;
  row.manifest_sha = plan.bytes.manifest_sha256;
  row.state = verdict_name(Verdict::valid);
  row.files = published.files;
  return row;
}

std::optional<StatRow> make_stat_row(FolderVerdict const& verdict, StatRowContext const& context) {
  auto const binding_file = binding_file_of(verdict);
  if (!verdict.verdict || !verdict.style || !binding_file) return std::nullopt;
  StatRow row = row_for(context);
  row.style = seal_style_name(*verdict.style);
  row.root = verdict.root;
  row.hashfile_sha = *binding_file;
  row.manifest_sha = verdict.manifest_sha256;
  row.state = verdict_name(*verdict.verdict);
  row.codes.assign(verdict.codes.begin(), verdict.codes.end());
  row.files.reserve(verdict.sealed_files.size());
  for (SealedFile const& file : verdict.sealed_files) {
    row.files.append(make_stat_record(file.stat, file.sha256));
  }
  return row;
}

}  // namespace govseal
