#include "engine/backend/job_spec_text.h"

#include "engine/backend/job_spec_file.h"
#include "engine/backend/pipeline.h"

#include "engine/core/settings_file.h"

#include <algorithm>
#include <map>

namespace fxs {

namespace {

SettingValue valueOf(const JobSpec& spec, const SettingsSection& section, const SettingInfo& info) {
    if (const auto values = spec.settings.find(section.name); values != spec.settings.end())
        if (const auto value = values->second.find(info.key); value != values->second.end())
            return value->second;
    return info.defaultValue;
}

void addOption(std::string& line, const std::string& name, const SettingInfo& info, const SettingValue& value) {
    if (const auto* on = std::get_if<bool>(&value)) {
        line += std::string(" --") + (*on ? "" : "no-") + name;
        return;
    }
    const std::string text = std::holds_alternative<std::monostate>(value) ? "auto" : toText(value);
    // With "=", so that a value that begins with a dash is not taken for an option.
    line += " --" + name + (text.starts_with('-') ? "=" : " ") + shellQuoted(text);
}

/// One key, in all sections that have it: one option where they agree, else one for each that differs from its default.
void addKey(std::string& line, const JobSpec& spec, const std::string& key,
            const std::vector<const SettingsSection*>& sections) {
    std::vector<std::pair<const SettingsSection*, const SettingInfo*>> found;
    for (const SettingsSection* section : sections)
        for (const SettingInfo& info : section->infos)
            if (info.key == key)
                found.emplace_back(section, &info);
    const auto value = [&](const auto& f) { return valueOf(spec, *f.first, *f.second); };
    const auto differs = [&](const auto& f) { return toText(value(f)) != toText(f.second->defaultValue); };
    if (std::none_of(found.begin(), found.end(), differs))
        return;
    const bool agree = std::all_of(found.begin(), found.end(),
                                   [&](const auto& f) { return toText(value(f)) == toText(value(found.front())); });
    if (agree) {
        addOption(line, key, *found.front().second, value(found.front()));
        return;
    }
    for (const auto& f : found)
        if (differs(f))
            addOption(line, f.first->name + "." + key, *f.second, value(f));
}

} // namespace

std::string shellQuoted(std::string_view word) {
    constexpr std::string_view kSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
    if (!word.empty() && word.find_first_not_of(kSafe) == std::string_view::npos)
        return std::string(word);
    std::string quoted = "'";
    for (const char c : word)
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

std::string commandLine(const JobSpec& spec, const std::vector<SettingsSection>& sections) {
    const bool single = spec.first == spec.last;
    std::string line = std::string("fxs ") + (single ? stageWord(spec.first) : "analyse");
    for (const std::string& input : spec.inputs)
        line += " " + shellQuoted(input.starts_with('-') ? "./" + input : input);
    const std::string output = single ? outputPath(spec, spec.last) : spec.outputFolder;
    line += " -o " + shellQuoted(output.empty() ? "result" : output);
    if (!single && spec.first != Stage::correlate)
        line += std::string(" --from ") + stageWord(spec.first);
    if (!single && spec.last != Stage::reconstruct)
        line += std::string(" --to ") + stageWord(spec.last);

    std::vector<const SettingsSection*> used;
    std::vector<std::string> keys;
    for (const SettingsSection& section : sections) {
        used.push_back(&section);
        for (const SettingInfo& info : section.infos)
            if (std::find(keys.begin(), keys.end(), info.key) == keys.end())
                keys.push_back(info.key);
    }
    for (const std::string& key : keys)
        addKey(line, spec, key, used);
    if (spec.overwrite)
        line += " --force";
    if (spec.resume)
        line += " --resume";
    return line;
}

std::string commandLine(const JobSpec& spec) {
    return commandLine(spec, jobSections(spec.first, spec.last));
}

std::string settingsText(const JobSpec& spec) {
    SettingSections all;
    for (const SettingsSection& section : jobSections(spec.first, spec.last))
        for (const SettingInfo& info : section.infos)
            all[section.name][info.key] = valueOf(spec, section, info);
    return settingsToToml(all);
}

} // namespace fxs
