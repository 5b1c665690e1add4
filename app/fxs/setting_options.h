#pragma once

#include "engine/backend/settings_section.h"
#include "engine/core/settings.h"
#include "engine/core/settings_file.h"

#include <CLI/CLI.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace fxs::app {

/// Options of a command made from the descriptions of settings structs: the only place where a setting becomes an
/// option.
///   number, text, file, choice   --key VALUE; settings that may be derived from the data also take "auto"
///   true or false                --key and --no-key
/// A key that several sections have (diameter: correlate and filter) is one option for all of them, and --section.key
/// for one. Every value is checked while the line is parsed: a wrong one is CLI::ValidationError, so exit status 2.
class SettingOptions {
public:
    explicit SettingOptions(CLI::App& app) : m_app(app) {}
    SettingOptions(const SettingOptions&) = delete;
    SettingOptions& operator=(const SettingOptions&) = delete;

    void add(const SettingsSection& section);
    template <class S>
    void add(const SettingsDescription<S>& description) {
        add(sectionOf(description));
    }

    /// What was given, by section: the settings file (if the name is not empty), and over it the line.
    /// Throws: UsageError for sections and keys that nobody knows and values that are wrong, every one of them; Error
    /// where the
    ///         file cannot be read.
    SettingSections given(const std::string& settingsFile) const;

    /// A struct filled from given().
    template <class S>
    static S settings(const SettingSections& given) {
        S settings;
        const auto it = given.find(S::description().section());
        if (it != given.end())
            throwIfWrong(S::description().apply(settings, it->second));
        throwIfWrong(settings.validate());
        return settings;
    }

    /// Throws UsageError with every fatal problem.
    static void throwIfWrong(const std::vector<Problem>& problems);

private:
    struct Target {
        std::string section;
        SettingInfo info;
    };

    void addOption(const std::string& name, const std::string& group, const SettingInfo& info);
    void take(const std::string& name, const std::string& text);

    CLI::App& m_app;
    std::vector<SettingsSection> m_sections;
    std::map<std::string, std::vector<Target>> m_targets; ///< by option name without dashes
    SettingSections m_line;
};

} // namespace fxs::app
