#pragma once

#include "sealing/ledger/record_schema_forms.h"

namespace govseal::schema {

inline constexpr FieldRule kCoverageGap[] = {
    repo(),
    item_list("roots"),
    name("cause"),
    integer("since_us"),
    maybe(integer("epoch")),
    word("rung", kRungs),
    maybe(integer("errno")),
    maybe(integer("lost")),
};

inline constexpr std::string_view kClosedHow[] = {"stat", "full-hash"};
inline constexpr FieldRule kCoverageClosed[] = {
    repo(),
    item_list("roots"),
    integer("gap"),
    word("how", kClosedHow),
    integer("entries"),
    integer("changed"),
    integer("until_us"),
    maybe(integer("epoch")),
};

inline constexpr FieldRule kCoverageRung[] = {repo(), item_list("roots"), word("from", kRungs),
                                              word("to", kRungs), name("reason")};

inline constexpr std::string_view kAttributions[] = {"off", "live", "exact"};
inline constexpr FieldRule kCoverageAttribution[] = {
    word("from", kAttributions), word("to", kAttributions), maybe(name("reason"))};

inline constexpr FieldRule kCoverageMissed[] = {repo(), root_id(), path("path"),
                                                word("rung", kRungs)};

inline constexpr FieldRule kRootLost[] = {repo(), root_id(), name("cause"),
                                          maybe(text("before", 256)), maybe(text("after", 256))};

inline constexpr std::string_view kGovernanceSources[] = {"commit", "worktree", "ref"};
inline constexpr FieldRule kGovernanceChanged[] = {
    repo(),
    word("source", kGovernanceSources),
    maybe(text("branch", 255)),
    maybe(object_id("from")),
    maybe(object_id("to")),
    item_list("paths"),
    actor(),
};

inline constexpr std::string_view kEffects[] = {"content", "hashfile", "same_bytes", "transient",
                                                "metadata"};
inline constexpr std::string_view kBases[] = {"event", "stat", "full-hash"};
inline constexpr FieldRule kCandidateMembers[] = {integer("pid"), maybe(integer("uid")),
                                                  maybe(text("comm", 64))};
inline constexpr FieldRule kViolation[] = {
    repo(),
    name("name"),
    maybe(word("effect", kEffects)),
    word("kind", kOperations),
    maybe(path("run")),
    maybe(integer("seal")),
    maybe(integer("unlock")),
    item_list("paths"),
    maybe(path("to")),
    maybe(hex64("was")),
    maybe(hex64("now")),
    word("basis", kBases),
    boolean("late"),
    actor(),
    objects("candidates", 16, kCandidateMembers),
};

inline constexpr std::string_view kFindingStates[] = {"opened", "reopened", "acknowledged",
                                                      "closed"};
inline constexpr std::string_view kSeverities[] = {"critical", "high", "medium", "low"};
inline constexpr FieldRule kFinding[] = {
    maybe(repo()),
    name("id"),
    name("name"),
    word("state", kFindingStates),
    maybe(integer("of")),
    word("severity", kSeverities),
    maybe(text("subject", 255)),
    maybe(path("run")),
    maybe(object_id("commit")),
    item_list("paths"),
    maybe(hex64("expected")),
    maybe(hex64("actual")),
    codes("codes"),
    maybe(name("reason")),
    maybe(text("detail", 512)),
    maybe(timestamp("last_seen")),
    actor(),
    by(),
};

inline constexpr std::array kWatchingRecords = {
    RecordSchema{"coverage.gap", true, kCoverageGap},
    RecordSchema{"coverage.closed", false, kCoverageClosed},
    RecordSchema{"coverage.rung", false, kCoverageRung},
    RecordSchema{"coverage.attribution", false, kCoverageAttribution},
    RecordSchema{"coverage.missed", false, kCoverageMissed},
    RecordSchema{"root.lost", false, kRootLost},
    RecordSchema{"root.returned", false, kRootLost},
    RecordSchema{"governance.changed", false, kGovernanceChanged},
    RecordSchema{"violation", true, kViolation},
    RecordSchema{"finding", false, kFinding},
};

}  // namespace govseal::schema
