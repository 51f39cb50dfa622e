#pragma once

#include "sealing/ledger/record_schema_forms.h"

namespace govseal::schema {

constexpr FieldRule run() {
  return path("run");
}
constexpr FieldRule verdict() {
  return text("verdict", 48);
}

inline constexpr FieldRule kSealIntent[] = {
    repo(),           run(), hex64("root"), hex64("hashfile"), hex64("manifest"), integer("files"),
    integer("bytes"), by(),
};

inline constexpr std::string_view kProbes[] = {"clear", "unsound", "permission", "unsupported",
                                               "off"};
inline constexpr FieldRule kSettleMembers[] = {name("dialect"), integer("quiet_ms"),
                                               word("probe", kProbes), integer("epoch")};
inline constexpr FieldRule kSealCreated[] = {
    repo(),
    run(),
    hex64("root"),
    hex64("hashfile"),
    hex64("manifest"),
    field("h1", FieldForm::h1),
    integer("files"),
    integer("bytes"),
    maybe(object_id("tree")),
    maybe(object_id("head")),
    field("key", FieldForm::fingerprint),
    codes("warnings"),
    maybe(object("settle", kSettleMembers)),
    integer("intent"),
    boolean("recovered"),
};

inline constexpr std::string_view kVariants[] = {"A", "B", "C"};
inline constexpr FieldRule kSealObserved[] = {
    repo(),
    run(),
    verdict(),
    codes("codes"),
    name("style"),
    maybe(word("variant", kVariants)),
    maybe(name("dialect")),
    maybe(hex64("root")),
    hex64("hashfile"),
    maybe(hex64("manifest")),
    maybe(field("h1", FieldForm::h1)),
    integer("files"),
    integer("bytes"),
    maybe(object_id("tree")),
    maybe(object_id("head")),
    maybe(field("key", FieldForm::fingerprint)),
    codes("warnings"),
    item_list("also_in"),
};

inline constexpr std::string_view kSources[] = {"worktree", "git"};
inline constexpr std::string_view kTriggers[] = {"event", "request", "recovered"};
inline constexpr FieldRule kSealVerified[] = {
    repo(),
    run(),
    maybe(hex64("root")),
    integer("seal"),
    verdict(),
    word("source", kSources),
    word("trigger", kTriggers),
    integer("files"),
    integer("bytes"),
    by(),
};

inline constexpr FieldRule kSealFailed[] = {
    repo(),
    run(),
    maybe(hex64("root")),
    integer("seal"),
    verdict(),
    word("source", kSources),
    codes("codes"),
    item_list("paths"),
    maybe(name("waiver")),
};

inline constexpr FieldRule kSealRewritten[] = {
    repo(),
    run(),
    integer("seal"),
    maybe(hex64("root_was")),
    maybe(hex64("root")),
    hex64("hashfile_was"),
    maybe(hex64("hashfile")),
    maybe(verdict()),
    actor(),
};

inline constexpr FieldRule kSealCopied[] = {
    repo(), run(), hex64("root"), name("of_repo"), path("of_run"), integer("of_seal"), actor(),
};

inline constexpr std::string_view kSealFiles[] = {"manifest.json", "MANIFEST.sha256", "run.json"};
inline constexpr FieldRule kSealIncomplete[] = {
    repo(),
    run(),
    {.key = "have", .form = FieldForm::word_array, .words = kSealFiles, .ascending = true},
    timestamp("since")};

inline constexpr FieldRule kSealWithdrawn[] = {repo(), run(), integer("intent"),
                                               item_list("paths")};
inline constexpr FieldRule kSealAborted[] = {repo(), run(), maybe(integer("intent")), name("step"),
                                             integer("errno")};
inline constexpr FieldRule kSealUnlocked[] = {
    repo(), run(), maybe(integer("seal")), name("level"), text("reason", 512), by(),
};

inline constexpr std::string_view kGitPlaces[] = {"head", "ref", "none"};
inline constexpr FieldRule kRunMissing[] = {
    repo(),
    run(),
    maybe(hex64("root")),
    integer("seal"),
    timestamp("last_seen"),
    maybe(word("git", kGitPlaces)),
    maybe(path("moved_to")),
    actor(),
};

inline constexpr FieldRule kRootBaseline[] = {
    repo(),
    path("path"),
    integer("valid"),
    integer("invalid"),
    integer("eol_normalized"),
    integer("legacy"),
    integer("incomplete"),
    integer("unsealed"),
    integer("open"),
    integer("abandoned"),
};

inline constexpr std::string_view kScopes[] = {"scheduled", "request"};
inline constexpr FieldRule kScrubDone[] = {
    repo(),
    word("scope", kScopes),
    item_list("runs"),
    integer("files"),
    integer("bytes"),
    integer("changed"),
    timestamp("started"),
    timestamp("finished"),
    by(),
};

inline constexpr std::array kSealRecords = {
    RecordSchema{"seal.intent", false, kSealIntent},
    RecordSchema{"seal.created", false, kSealCreated},
    RecordSchema{"seal.observed", false, kSealObserved},
    RecordSchema{"seal.verified", false, kSealVerified},
    RecordSchema{"seal.failed", true, kSealFailed},
    RecordSchema{"seal.rewritten", true, kSealRewritten},
    RecordSchema{"seal.copied", true, kSealCopied},
    RecordSchema{"seal.incomplete", false, kSealIncomplete},
    RecordSchema{"seal.withdrawn", false, kSealWithdrawn},
    RecordSchema{"seal.aborted", false, kSealAborted},
    RecordSchema{"seal.unlocked", false, kSealUnlocked},
    RecordSchema{"run.missing", true, kRunMissing},
    RecordSchema{"root.baseline", false, kRootBaseline},
    RecordSchema{"scrub.done", false, kScrubDone},
};

}  // namespace govseal::schema
