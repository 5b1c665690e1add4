#include "engine/backend/job_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace fxs {

namespace {

bool runs(const JobSpec& spec, Stage stage) {
    return spec.first <= stage && stage <= spec.last;
}

template <class S>
void fill(S& settings, const JobSpec& spec, std::vector<Problem>& problems) {
    const auto append = [&](std::vector<Problem> more) {
        std::move(more.begin(), more.end(), std::back_inserter(problems));
    };
    if (const auto it = spec.settings.find(S::description().section()); it != spec.settings.end())
        append(S::description().apply(settings, it->second));
    append(settings.validate());
}

void findUnknown(const JobSpec& spec, std::vector<Problem>& problems) {
    // All sections are looked at, not only those of the stages that run: one set of settings serves a whole session.
    std::vector<SettingsSection> known = jobSections();
    known.push_back(sectionOf(StreamSettings::description()));
    // clang 14 cannot capture structured bindings in lambdas, so keys are passed by name.
    const auto find = [](const auto& range, const std::string& wanted, auto nameOf) {
        return std::find_if(range.begin(), range.end(), [&](const auto& item) { return item.*nameOf == wanted; });
    };
    for (const auto& [name, values] : spec.settings) {
        const auto section = find(known, name, &SettingsSection::name);
        if (section == known.end()) {
            problems.push_back({name, fmt::format("settings section [{}] is not known", name)});
            continue;
        }
        for (const auto& [key, value] : values)
            if (find(section->infos, key, &SettingInfo::key) == section->infos.end())
                problems.push_back({key, fmt::format("[{}] has no setting {}", name, key)});
    }
}

} // namespace

std::vector<SettingsSection> jobSections(Stage first, Stage last) {
    std::vector<SettingsSection> sections;
    if (first == Stage::correlate) {
        sections.push_back(sectionOf(InputSettings::description()));
        sections.push_back(sectionOf(PreprocessSettings::description()));
        sections.push_back(sectionOf(PolarSettings::description()));
        sections.push_back(sectionOf(CorrelateSettings::description()));
    }
    if (first <= Stage::filter && last >= Stage::filter)
        sections.push_back(sectionOf(FilterSettings::description()));
    if (last == Stage::reconstruct)
        sections.push_back(sectionOf(ReconstructSettings::description()));
    return sections;
}

JobSettings readJobSettings(const JobSpec& spec, std::vector<Problem>& problems) {
    JobSettings settings;
    findUnknown(spec, problems);
    if (runs(spec, Stage::correlate)) {
        fill(settings.input, spec, problems);
        fill(settings.preprocess, spec, problems);
        fill(settings.polar, spec, problems);
        fill(settings.stream, spec, problems);
        fill(settings.correlate, spec, problems);
    }
    if (runs(spec, Stage::filter))
        fill(settings.filter, spec, problems);
    if (runs(spec, Stage::reconstruct))
        fill(settings.reconstruct, spec, problems);
    return settings;
}

} // namespace fxs
