#pragma once

#include "sealing/ledger/record_schema_forms.h"

namespace govseal::schema {

inline constexpr std::string_view kUndispatchedStates[] = {"opened", "reopened"};
inline constexpr std::string_view kPriorities[] = {"HIGH", "MEDIUM", "LOW"};
inline constexpr FieldRule kCommitUndispatched[] = {
    repo(),
    maybe(name("id")),
    word("state", kUndispatchedStates),
    text("branch", 255),
    object_id("commit"),
    timestamp("committed"),
    word("priority", kPriorities),
    names("lists", 8),
    item_list("paths"),
    maybe(name("workflow")),
    maybe(name("reason")),
    texts("records", 8, 255),
};

inline constexpr std::string_view kDispatchVerdicts[] = {"event", "non_event", "orphan",
                                                         "malformed"};
inline constexpr FieldRule kDispatchRecorded[] = {
    repo(),
    path("file"),
    hex64("sha256"),
    word("verdict", kDispatchVerdicts),
    maybe(object_id("commit")),
    maybe(object_id("owner")),
    item_list("covers"),
    maybe(text("reason", 256)),
};

inline constexpr FieldRule kDispatchEvaluated[] = {
    repo(),
    maybe(object_id("old_tip")),
    object_id("new_tip"),
    integer("new_commits"),
    item_list("events"),
    integer("dispatched"),
    integer("pending"),
    integer("undispatched"),
};

inline constexpr FieldRule kDispatchAudit[] = {
    repo(),
    name("cause"),
    object_id("tip"),
    integer("events"),
    integer("dispatched"),
    integer("pending"),
    integer("undispatched"),
    hex64("report_sha256"),
};

inline constexpr std::string_view kLineChanges[] = {"rewritten", "other_line"};
inline constexpr FieldRule kDispatchLineChanged[] = {repo(), object_id("old"), object_id("new"),
                                                     word("kind", kLineChanges)};

inline constexpr FieldRule kBackfillIntent[] = {
    repo(),
    name("id"),
    by(),
    item_list("covers"),
    text("reason", 1024),
    maybe(text("approval", 255)),
    integer("argc"),
    texts("argv", 16, 512),
};

inline constexpr FieldRule kBackfillRecorded[] = {
    repo(),
    name("id"),
    by(),
    item_list("covers"),
    text("reason", 1024),
    integer("exit"),
    maybe(path("file")),
    hex64("sha256"),
    maybe(base64("record", 4096)),
    boolean("log_ignored"),
    codes("missing"),
};

inline constexpr FieldRule kBackfillFailed[] = {repo(), name("id"), by(), maybe(integer("exit")),
                                                maybe(text("detail", 256))};

inline constexpr FieldRule kCountMembers[] = {name("rule"), name("code"), integer("n")};
inline constexpr FieldRule kGuardBaseline[] = {repo(), text("branch", 255), object_id("tip"),
                                               objects("counts", 128, kCountMembers)};

inline constexpr std::string_view kReportStates[] = {"critical", "findings", "blind", "clean"};
inline constexpr FieldRule kDriftReported[] = {
    maybe(repo()),
    text("report", 255),
    integer("upto"),
    hex64("json"),
    maybe(hex64("markdown")),
    maybe(hex64("html")),
    maybe(hex64("text")),
    word("state", kReportStates),
    integer("findings"),
    integer("opened"),
    integer("closed"),
    by(),
};

inline constexpr std::array kDispatchRecords = {
    RecordSchema{"commit.undispatched", false, kCommitUndispatched},
    RecordSchema{"dispatch.recorded", false, kDispatchRecorded},
    RecordSchema{"dispatch.evaluated", false, kDispatchEvaluated},
    RecordSchema{"dispatch.audit", false, kDispatchAudit},
    RecordSchema{"dispatch.line_changed", false, kDispatchLineChanged},
    RecordSchema{"backfill.intent", false, kBackfillIntent},
    RecordSchema{"backfill.recorded", false, kBackfillRecorded},
    RecordSchema{"backfill.failed", false, kBackfillFailed},
    RecordSchema{"guard.baseline", false, kGuardBaseline},
    RecordSchema{"drift.reported", false, kDriftReported},
};

inline constexpr FieldRule kRegistryBuilt[] = {repo(), name("kind"), path("run"), hex64("root")};
inline constexpr FieldRule kRegistryBuildFailed[] = {repo(), name("kind"), integer("exit"),
                                                     text("reason", 256)};

inline constexpr std::string_view kHealths[] = {"H0", "H1", "H2", "H3", "H9"};
inline constexpr FieldRule kRegistryHealth[] = {
    repo(),
    maybe(word("from", kHealths)),
    word("to", kHealths),
    names("conditions", 32),
    names("unknown", 32),
};

inline constexpr FieldRule kChangeMembers[] = {name("registry"), maybe(text("from", 255)),
                                               text("to", 255), hex64("root")};
constexpr FieldRule changes() {
  return objects("changes", 32, kChangeMembers);
}

inline constexpr FieldRule kPointerProposed[] = {repo(), name("id"), path("pointer_file"),
                                                 hex64("file_sha256"), changes()};
inline constexpr FieldRule kPointerIntent[] = {repo(), name("id"), text("reason", 512), by()};
inline constexpr FieldRule kPointerApplied[] = {
    repo(), name("id"), changes(), text("reason", 512), hex64("before"), hex64("after"), by(),
};
inline constexpr FieldRule kPointerFailed[] = {repo(), name("id"), name("code"),
                                               maybe(text("detail", 256)), by()};

inline constexpr std::array kRegistryRecords = {
    RecordSchema{"registry.built", false, kRegistryBuilt},
    RecordSchema{"registry.build_failed", false, kRegistryBuildFailed},
    RecordSchema{"registry.health", false, kRegistryHealth},
    RecordSchema{"pointer.proposed", false, kPointerProposed},
    RecordSchema{"pointer.intent", false, kPointerIntent},
    RecordSchema{"pointer.applied", false, kPointerApplied},
    RecordSchema{"pointer.failed", false, kPointerFailed},
};

}  // namespace govseal::schema
