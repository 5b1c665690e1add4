#pragma once

#include "engine/core/settings.h"

#include <string>
#include <vector>

namespace fxs {

/// The settings of one section as data: what options, forms and files are made from.
struct SettingsSection {
    std::string name;  ///< "correlate": the TOML table
    std::string title; ///< "Correlation": the heading
    std::vector<SettingInfo> infos;
};

template <class S>
SettingsSection sectionOf(const SettingsDescription<S>& description) {
    return {description.section(), description.title(), description.infos()};
}

} // namespace fxs
