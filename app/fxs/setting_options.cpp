#include "app/fxs/setting_options.h"

#include "app/fxs/command_list.h"
#include "app/fxs/usage_error.h"

#include <fmt/format.h>

#include <algorithm>

namespace fxs::app {

namespace {

std::string typeName(const SettingInfo& info) {
    std::string name;
    switch (info.type) {
    case SettingType::boolean:
        return {};
    case SettingType::integer:
        name = "N";
        break;
    case SettingType::real:
        name = "NUMBER";
        break;
    case SettingType::text:
        name = "TEXT";
        break;
    case SettingType::file:
        name = "FILE";
        break;
    case SettingType::choice:
        return fmt::format("{}", fmt::join(info.choices, "|"));
    }
    return name;
}

std::string helpText(const SettingInfo& info) {
    std::string text = info.help.empty() ? info.label : info.help;
    if (!info.unit.empty())
        text += " [" + info.unit + "]";
    const std::string byDefault = toText(info.defaultValue);
    if (info.type == SettingType::boolean)
        return text;
    if (!byDefault.empty())
        text += " (default: " + byDefault + ")";
    else if (info.optional)
        text += " (optional)";
    return text;
}

const SettingsSection* find(const std::vector<SettingsSection>& sections, const std::string& name) {
    const auto it = std::find_if(sections.begin(), sections.end(), [&](const auto& s) { return s.name == name; });
    return it == sections.end() ? nullptr : &*it;
}

const SettingInfo* find(const SettingsSection& section, const std::string& key) {
    const auto it =
        std::find_if(section.infos.begin(), section.infos.end(), [&](const auto& i) { return i.key == key; });
    return it == section.infos.end() ? nullptr : &*it;
}

template <class Range>
std::string names(const Range& range) {
    std::string all;
    for (const auto& item : range)
        all += (all.empty() ? "" : ", ") + item;
    return all;
}

/// Sections and keys of a file that no command of this program knows, and values that do not fit.
std::vector<Problem> judge(const SettingSections& file, const std::string& path) {
    std::vector<Problem> problems;
    const std::vector<SettingsSection> known = allSections();
    for (const auto& [name, values] : file) {
        const SettingsSection* section = find(known, name);
        if (!section) {
            std::vector<std::string> all;
            for (const auto& s : known)
                all.push_back(s.name);
            problems.push_back(
                {"", fmt::format("{}: section [{}] is not known, expected one of {}", path, name, names(all))});
            continue;
        }
        for (const auto& [key, value] : values) {
            const SettingInfo* info = find(*section, key);
            if (!info) {
                problems.push_back({key, fmt::format("{}: [{}] has no setting {}", path, name, key)});
            } else if (auto problem = checkSetting(*info, value)) {
                problem->message = fmt::format("{}: [{}] {}", path, name, problem->message);
                problems.push_back(std::move(*problem));
            }
        }
    }
    return problems;
}

} // namespace

void SettingOptions::add(const SettingsSection& section) {
    m_sections.push_back(section);
    for (const SettingInfo& info : section.infos) {
        std::vector<Target>& targets = m_targets[info.key];
        if (targets.empty())
            addOption(info.key, section.title, info);
        else if (info.type != SettingType::boolean)
            m_app.get_option("--" + info.key)
                ->description(m_app.get_option("--" + info.key)->get_description() + " Also for " + section.title +
                              ".");
        targets.push_back({section.name, info});
        const std::string qualified = section.name + "." + info.key;
        m_targets[qualified].push_back({section.name, info});
        addOption(qualified, {}, info);
    }
}

/// group: the heading in the help; empty: not in the help.
void SettingOptions::addOption(const std::string& name, const std::string& group, const SettingInfo& info) {
    if (info.type == SettingType::boolean) {
        // Both ways are there; the help shows the one that changes something.
        const bool on = toText(info.defaultValue) == "true";
        const std::string help = on ? "Do not: " + helpText(info) : helpText(info);
        const auto add = [&](const std::string& option, const char* value) {
            m_app
                .add_flag_callback(
                    "--" + option, [this, name, value] { take(name, value); }, help)
                ->group(on == (std::string_view(value) == "false") ? group : "");
        };
        add(name, "true");
        add("no-" + name, "false");
        return;
    }
    m_app
        .add_option_function<std::string>(
            "--" + name, [this, name](const std::string& text) { take(name, text); }, helpText(info))
        ->type_name(typeName(info))
        ->group(group);
}

void SettingOptions::take(const std::string& name, const std::string& text) {
    for (const Target& target : m_targets.at(name)) {
        try {
            m_line[target.section][target.info.key] =
                target.info.optional && text == "auto" ? SettingValue{} : parseSetting(target.info, text);
        } catch (const Error& error) {
            throw CLI::ValidationError("--" + name, error.message());
        }
    }
}

SettingSections SettingOptions::given(const std::string& settingsFile) const {
    SettingSections all;
    if (!settingsFile.empty()) {
        SettingSections file = readSettingsFile(settingsFile);
        throwIfWrong(judge(file, settingsFile));
        // What other commands' sections say is theirs: one file serves a whole analysis.
        for (const SettingsSection& section : m_sections)
            if (const auto it = file.find(section.name); it != file.end())
                all[section.name] = it->second;
    }
    for (const auto& [section, values] : m_line)
        for (const auto& [key, value] : values)
            all[section][key] = value;
    return all;
}

void SettingOptions::throwIfWrong(const std::vector<Problem>& problems) {
    std::string all;
    for (const Problem& problem : problems)
        if (problem.fatal)
            all += (all.empty() ? "" : "\n  ") + problem.message;
    if (!all.empty())
        throw UsageError(all);
}

} // namespace fxs::app
