#include "agent/api/context.h"
#include "agent/api/json.h"
#include "agent/api/proof.h"
#include "agent/api/run_lookup.h"
#include "base/bytes.h"
#include "sealing/ledger/tlog_proof.h"

namespace govseal {
namespace {

struct RunInRepository {
  RepositorySnapshot const* repository = nullptr;
  RunView const* run = nullptr;
};

bool matches(ApiContext const& context, RunInRepository const& item) {
  auto const* root = context.parameter("root");
  if (root && *root != item.run->run_root &&
      *root != item.repository->id + "/runs/" + item.run->run_root) {
    return false;
  }
  auto const* verdict = context.parameter("verdict");
  if (verdict && *verdict != item.run->verdict.value_or("unknown")) return false;
  auto const since = context.time("since");
  return !since || (item.run->sealed_at && *item.run->sealed_at >= *since);
}

/// By repository and path; newest seal first with `-sealed_at`, what is not sealed at the end.
std::string key_of(RunInRepository const& item, bool newest_first) {
  std::string path = item.repository->id + '\0' + item.run->run;
  if (!newest_first) return path;
  if (!item.run->sealed_at) return "1" + path;
  auto const time = static_cast<std::uint64_t>(item.run->sealed_at->count());
  return "0" + sort_key(~std::uint64_t{0} - time) + path;
}

using FoundRun = std::variant<RunInRepository, Problem>;

FoundRun find_captured(ApiContext const& context) {
  auto const* repository = context.repository(context.captures[0]);
  if (!repository) {
    return no_such("no-such-repository", "repository", context.captures[0], context.visible_ids());
  }
  auto found = look_up_run(*repository, context.captures[1]);
  if (auto* problem = std::get_if<Problem>(&found)) return std::move(*problem);
  return RunInRepository{repository, std::get<RunView const*>(found)};
}

Problem not_bound(std::string detail) {
  return {"no-such-run", std::move(detail), {{"nearest", "null"}}};
}

/// A manifest is given out only while the file still has the hash that the ledger binds.
ApiResponse manifest_answer(CommandPort const& commands, AnswerStyle const& style,
                            std::string const& repository, std::string const& run, bool hashfile) {
  auto bytes = commands.seal_file(repository, run, hashfile);
  if (!bytes) {
    return problem_answer(style, not_bound("the bound seal file is not in the folder any more"));
  }
  std::string const etag = '"' + sha256(*bytes).hex() + '"';
  auto const media = hashfile ? "text/plain; charset=utf-8" : "application/json";
  ApiResponse response = text_answer(style, media, std::move(*bytes));
  set_header(response, "ETag", etag);
  return apply_conditions(style, std::move(response));
}

ApiResponse proof_answer(LedgerView const& ledger, AnswerStyle const& style, std::uint64_t index) {
  std::string checkpoint = ledger.checkpoint();
  auto const head = read_checkpoint(checkpoint);
  std::uint64_t const size = head ? head->tree.size : 0;
  if (index >= size) {
    Problem problem{"range-not-in-ledger",
                    "the binding is not yet part of a signed checkpoint",
                    {{"size", std::to_string(size)}}};
    return problem_answer(style, problem);
  }
  TlogProof proof;
  proof.index = index;
  proof.path = ledger.inclusion_proof(index, size);
  proof.checkpoint = std::move(checkpoint);
  return text_answer(style, "text/plain; charset=utf-8", write_tlog_proof(proof));
}

}  // namespace

ApiReply handle_runs(ApiContext const& context) {
  auto const* order = context.parameter("order");
  bool const newest_first = order && *order == "-sealed_at";
  std::vector<Listed<RunInRepository>> items;
  for (auto const* repository : context.selected()) {
    for (auto const& run : repository->runs) {
      RunInRepository const item{repository, run.get()};
      if (matches(context, item)) items.push_back({key_of(item, newest_first), item});
    }
  }
  auto const page = page_of(context, std::move(items));
  JsonWriter writer;
  writer.begin_object().key("items").begin_array();
  for (auto const& listed : page.items) {
    write_run(writer, *listed.item.repository, *listed.item.run, false);
  }
  writer.end_array();
  end_list(writer, page.next_cursor, context.selection_filtered());
  return json_answer(context.style, writer.take());
}

ApiReply handle_run(ApiContext const& context) {
  auto const found = find_captured(context);
  if (auto const* problem = std::get_if<Problem>(&found)) {
    return problem_answer(context.style, *problem);
  }
  auto const& [repository, run] = std::get<RunInRepository>(found);
  JsonWriter writer;
  write_run(writer, *repository, *run, true);
  return json_answer(context.style, writer.take());
}

ApiReply handle_run_manifest(ApiContext const& context) {
  auto const found = find_captured(context);
  if (auto const* problem = std::get_if<Problem>(&found)) {
    return problem_answer(context.style, *problem);
  }
  auto const& item = std::get<RunInRepository>(found);
  if (!item.run->ledger) {
    return problem_answer(context.style, not_bound("the run folder has no bound seal"));
  }
  bool const hashfile = context.media == "text/plain";
  OnPool job;
  job.work = [&commands = context.parts.commands, style = context.style,
              repository = item.repository->id, run = item.run->run,
              hashfile] { return manifest_answer(commands, style, repository, run, hashfile); };
  return job;
}

ApiReply handle_run_proof(ApiContext const& context) {
  auto const found = find_captured(context);
  if (auto const* problem = std::get_if<Problem>(&found)) {
    return problem_answer(context.style, *problem);
  }
  auto const& item = std::get<RunInRepository>(found);
  if (!item.run->ledger) {
    return problem_answer(context.style, not_bound("the run folder has no bound seal"));
  }
  OnPool job;
  job.work = [&ledger = context.parts.ledger, style = context.style,
              index = item.run->ledger->index] { return proof_answer(ledger, style, index); };
  return job;
}

}  // namespace govseal
