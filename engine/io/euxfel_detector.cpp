#include "engine/io/euxfel_detector.h"

#include <algorithm>
#include <map>
#include <regex>

namespace fxs {

std::optional<double> XfelDetector::pixelSize() const {
    if (jungfrau)
        return 75e-6;
    if (name.find("AGIPD") != std::string::npos)
        return 200e-6;
    if (isLpd())
        return 500e-6;
    return std::nullopt;
}

namespace {

/// What a source's name says; number counts as the name does.
struct Match {
    std::string detector;
    bool corrected = false, jungfrau = false;
    int number = 0;
};

std::optional<Match> match(const std::string& source) {
    static const std::regex kModule("INSTRUMENT/([^/]+)/(DET|CORR)/([0-9]{1,4})CH[0-9]*:[^/]+/image");
    static const std::regex kJungfrau(
        "INSTRUMENT/([^/]+)/(DET|CORR)/(?:MODULE_|RECEIVER-|JNGFR|JNGFR_)([0-9]{1,4}):[^/]+/data");
    std::smatch found;
    const bool module = std::regex_match(source, found, kModule);
    if (!module && !std::regex_match(source, found, kJungfrau))
        return std::nullopt;
    return Match{found[1], found[2] == "CORR", !module, std::stoi(found[3])};
}

std::size_t moduleCount(const std::string& name, std::size_t highest) {
    const auto has = [&](const char* text) { return name.find(text) != std::string::npos; };
    std::size_t usual = 0;
    if (has("AGIPD1M") || has("LPD1M") || has("DSSC1M"))
        usual = 16;
    else if (has("AGIPD500K") || has("JF4M"))
        usual = 8;
    else if (has("JF1M"))
        usual = 2;
    return std::max(usual, highest);
}

} // namespace

std::vector<XfelDetector> findXfelDetectors(const std::vector<XfelFile>& files) {
    std::map<std::pair<std::string, bool>, XfelDetector> found;
    for (std::size_t f = 0; f < files.size(); ++f)
        for (const std::string& source : files[f].sources()) {
            const auto m = match(source);
            if (!m)
                continue;
            XfelDetector& detector = found[{m->detector, m->corrected}];
            detector.name = m->detector;
            detector.corrected = m->corrected;
            detector.jungfrau = m->jungfrau;
            detector.firstModule = m->jungfrau ? 1 : 0;
            if (m->number < detector.firstModule)
                continue;
            const auto module = static_cast<std::size_t>(m->number - detector.firstModule);
            const bool twice = std::ranges::any_of(
                detector.parts, [&](const auto& part) { return part.file == f && part.module == module; });
            if (!twice)
                detector.parts.push_back({f, module, source.substr(source.find('/') + 1)});
        }
    // Corrected files link to their data under the raw name too: that is the same detector.
    for (auto& [key, raw] : found)
        if (const auto corrected = found.find({key.first, true}); !key.second && corrected != found.end())
            std::erase_if(raw.parts, [&](const auto& part) {
                return std::ranges::any_of(corrected->second.parts, [&](const auto& other) {
                    return other.file == part.file && other.module == part.module;
                });
            });
    std::erase_if(found, [](const auto& entry) { return entry.second.parts.empty(); });
    std::vector<XfelDetector> out;
    for (auto& [key, detector] : found) {
        std::size_t highest = 0;
        for (const auto& part : detector.parts)
            highest = std::max(highest, part.module + 1);
        detector.modules = moduleCount(detector.name, highest);
        out.push_back(std::move(detector));
    }
    std::ranges::stable_sort(out, [](const XfelDetector& a, const XfelDetector& b) {
        return a.modules != b.modules ? a.modules > b.modules : a.corrected > b.corrected;
    });
    return out;
}

} // namespace fxs
