#include "agent/cli/completion.h"

namespace govseal {
namespace {

std::string joined(std::vector<std::string> const& words) {
  std::string text;
  for (auto const& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string first_words(std::vector<CompletionVerb> const& verbs) {
  std::vector<std::string> words;
  for (auto const& verb : verbs) {
    auto const word = verb.name.substr(0, verb.name.find(' '));
    if (words.empty() || words.back() != word) words.push_back(word);
  }
  return joined(words);
}

/// The verbs below `word`.
std::string second_words(std::vector<CompletionVerb> const& verbs, std::string const& word) {
  std::vector<std::string> words;
  for (auto const& verb : verbs) {
    if (verb.name.starts_with(word + " ")) words.push_back(verb.name.substr(word.size() + 1));
  }
  return joined(words);
}

/// `case` branches that set `words` for the verb before the cursor.
std::string branches(std::vector<CompletionVerb> const& verbs) {
  std::string text;
  std::string last;
  for (auto const& verb : verbs) {
    auto const word = verb.name.substr(0, verb.name.find(' '));
    if (word == last) continue;
    last = word;
    std::vector<std::string> options;
    for (auto const& other : verbs) {
      if (other.name != word && !other.name.starts_with(word + " ")) continue;
      options.insert(options.end(), other.options.begin(), other.options.end());
    }
    auto below = second_words(verbs, word);
    if (!below.empty() && !options.empty()) below += " ";
    text += "    " + word + ") words=\"" + below + joined(options) + "\" ;;\n";
  }
  return text;
}

std::string bash_function(std::vector<CompletionVerb> const& verbs, std::string const& globals) {
  return "_govseal() {\n"
         "  local current=\"${COMP_WORDS[COMP_CWORD]}\" verb=\"\" words=\"\" i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case \"${COMP_WORDS[i]}\" in\n"
         "    -*) ;;\n"
         "    *) verb=\"${COMP_WORDS[i]}\"; break ;;\n"
         "    esac\n"
         "  done\n"
         "  case \"$verb\" in\n"
         "    \"\") words=\"" +
         first_words(verbs) + "\" ;;\n" + branches(verbs) +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words " +
         globals +
         "\" -- \"$current\"))\n"
         "  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$current\"))\n"
         "}\n"
         "complete -o filenames -F _govseal govseal\n";
}

std::string fish_quoted(std::string const& text) {
  std::string out = "'";
  for (char const c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string fish_script(std::vector<CompletionVerb> const& verbs,
                        std::vector<std::string> const& globals) {
  std::string out;
  for (auto const& option : globals) {
    if (option.starts_with("--")) out += "complete -c govseal -l " + option.substr(2) + "\n";
  }
  for (auto const& verb : verbs) {
    auto const blank = verb.name.find(' ');
    auto const word = verb.name.substr(0, blank);
    bool const below = blank != std::string::npos;
    std::string const where =
        below ? "'__fish_seen_subcommand_from " + word + "'" : "__fish_use_subcommand";
    out += "complete -c govseal -n " + where + " -a " +
           (below ? verb.name.substr(blank + 1) : word) + " -d " + fish_quoted(verb.description) +
           "\n";
    for (auto const& option : verb.options) {
      if (!option.starts_with("--")) continue;
      out += "complete -c govseal -n '__fish_seen_subcommand_from " + word + "' -l " +
             option.substr(2) + "\n";
    }
  }
  return out;
}

}  // namespace

std::string render_completion(std::string_view shell, std::vector<CompletionVerb> const& verbs,
                              std::vector<std::string> const& global_options) {
  if (shell == "bash") return bash_function(verbs, joined(global_options));
  if (shell == "zsh") {
    return "#compdef govseal\nautoload -U +X bashcompinit && bashcompinit\n" +
           bash_function(verbs, joined(global_options));
  }
  return shell == "fish" ? fish_script(verbs, global_options) : "";
}

}  // namespace govseal
