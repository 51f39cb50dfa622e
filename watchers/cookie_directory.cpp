#include "watchers/cookie_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>
#include <vector>

#include "base/disk_calls.h"
#include "watchers/directory_reader.h"

namespace govseal {
namespace {

constexpr std::size_t kBootDigits = 8;
constexpr std::string_view kMark = "c.";
constexpr nanoseconds kLeftoverAge = std::chrono::minutes(1);

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  bool const whole = error == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

/// `c.<8 hex>.<number>` of any boot.
bool has_cookie_form(std::string_view name) {
  std::size_t const head = kMark.size() + kBootDigits;
  if (name.size() < head + 2 || !name.starts_with(kMark) || name[head] != '.') return false;
  return is_hex(name.substr(kMark.size(), kBootDigits)) &&
         parse_number(name.substr(head + 1)).has_value();
}

bool is_old(int directory, std::string const& name, Instant now) {
  struct stat status {};
  if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
  auto const changed =
      std::chrono::seconds(status.st_mtim.tv_sec) + nanoseconds(status.st_mtim.tv_nsec);
  return S_ISREG(status.st_mode) && now.wall - changed > kLeftoverAge;
}

void remove_leftovers(int directory, Instant now) {
  std::vector<std::string> found;
  DirectoryReader reader;
  reader.start(directory);
  DirectoryReader::Entry entry;
  while (reader.next(entry) == DirectoryReader::Step::entry) {
    if (has_cookie_form(entry.name)) found.emplace_back(entry.name);
  }
  for (std::string const& name : found) {
    if (is_old(directory, name, now)) ::unlinkat(directory, name.c_str(), 0);
  }
}

}  // namespace

CookieDirectory::CookieDirectory(std::string path, std::string_view boot_id)
    : path_(std::move(path)), prefix_(kMark) {
  std::string digits;
  std::copy_if(boot_id.begin(), boot_id.end(), std::back_inserter(digits),
               [](char c) { return c != '-'; });
  digits.resize(kBootDigits, '0');
  prefix_ += digits + ".";
}

UniqueFd CookieDirectory::open(Instant now) {
  UniqueFd fd = open_directory();
  if (fd.valid()) remove_leftovers(fd.get(), now);
  return fd;
}

UniqueFd CookieDirectory::make_again() {
  if (::mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) return UniqueFd();
  return open_directory();
}

UniqueFd CookieDirectory::open_directory() {
  disk::Opened opened = disk::open_absolute_directory(path_);
  errno = opened.error;
  if (opened.error != 0) return UniqueFd();
  struct stat status {};
  if (::fstat(opened.fd.get(), &status) != 0) return UniqueFd();
  auto const facts = read_filesystem_facts(opened.fd.get());
  if (!facts) return UniqueFd();
  if (status.st_uid != ::geteuid()) {
    errno = EPERM;
    return UniqueFd();
  }
  filesystem_ = facts->id;
  return std::move(opened.fd);
}

bool CookieDirectory::lay(CookieId cookie) const {
  disk::Opened const directory = disk::open_absolute_directory(path_);
  errno = directory.error;
  if (directory.error != 0) return false;
  std::string const name = prefix_ + std::to_string(cookie.number);
  disk::Opened const file =
      disk::open_beneath(directory.fd.get(), name, O_WRONLY | O_CREAT | O_EXCL, 0600);
  errno = file.error;
  if (file.error != 0) return false;
  return ::unlinkat(directory.fd.get(), name.c_str(), 0) == 0;
}

std::optional<CookieId> CookieDirectory::find_cookie(std::string_view name) const {
  if (!name.starts_with(prefix_)) return std::nullopt;
  auto const number = parse_number(name.substr(prefix_.size()));
  if (!number) return std::nullopt;
  return CookieId{*number};
}

}  // namespace govseal
