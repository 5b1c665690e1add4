#include "engine/io/run_reader.h"

#include "engine/io/geometry_input.h"
#include "engine/io/joined_run.h"
#include "engine/io/layout.h"
#include "engine/io/run_files.h"
#include "engine/io/run_geometry.h"

#include <fmt/format.h>

#include <cmath>

namespace fxs {

namespace {

/// The user's value wins over the file's; where they differ, it is said.
void override(std::optional<double>& value, const std::optional<double>& wanted, const char* key, const char* what,
              const char* unit, std::vector<Problem>& problems) {
    if (!wanted)
        return;
    if (value && std::abs(*value - *wanted) > 1e-6 * std::abs(*wanted))
        problems.push_back({key,
                            fmt::format("the file says that the {} is {} {}; {} {} is used, as given", what, *value,
                                        unit, *wanted, unit),
                            false});
    value = wanted;
}

/// Problems of a value that was missing are settled once it is given.
void settle(const char* key, std::vector<Problem>& problems) {
    std::erase_if(problems, [&](const Problem& problem) { return problem.key == key; });
}

void applyBeam(const InputSettings& settings, RunInfo& info) {
    Experiment& experiment = info.experiment;
    if (const auto wanted = settings.wavelengthAngstrom()) {
        settle("wavelength", info.problems);
        std::optional<double> known;
        if (experiment.wavelengthKnown)
            known = experiment.wavelengthAngstrom;
        override(known, wanted, "wavelength", "wavelength", "Å", info.problems);
        experiment.wavelengthAngstrom = *wanted;
        experiment.wavelengthKnown = true;
    }
    if (settings.photonsPerUnit)
        experiment.photonsPerUnit = *settings.photonsPerUnit;
    if (settings.polarity != "auto")
        experiment.polarity = settings.polarity == "along" ? Polarity::along : Polarity::against;
}

void applyDetector(const InputSettings& settings, RunInfo& info) {
    if (info.polarGrid)
        return;
    const auto apply = [&](std::optional<double>& value, const std::optional<double>& wanted, const char* key,
                           const char* what) {
        if (wanted)
            settle(key, info.problems);
        override(value, wanted, key, what, "m", info.problems);
    };
    applyGeometryFile(settings, info);
    apply(info.distanceMetre, settings.distance, "distance", "distance");
    apply(info.pixelSizeMetre, settings.pixelSize, "pixel-size", "pixel size");
    if (const auto centre = settings.centrePixel()) {
        settle("centre", info.problems);
        info.centrePixel = centre;
    } else if (info.panels > 1 && !info.geometry) {
        settle("distance", info.problems);
        info.problems.push_back(
            {"geometry", fmt::format("nobody says where the {} panels are; --geometry gives their places", info.panels),
             false});
    } else if (!info.centrePixel && !info.geometry) {
        info.problems.push_back(
            {"centre", "nobody says where the beam meets the detector; its middle is assumed", false});
    }
}

std::unique_ptr<RunSource> openRecognised(h5::File file, const InputSettings& settings) {
    const RecognisedLayout found = recogniseLayout(file, settings).valueOrThrow();
    return found.layout->open(std::move(file), settings);
}

/// What a run's files were recognised as.
struct Recognised {
    std::string layout, reason;
    bool growing = false; ///< one of them is still being written
};

/// The run, if the layout of its first file reads all files at once; else null.
std::unique_ptr<JoinedRun> openTogether(const std::vector<std::string>& files, const InputSettings& settings,
                                        Recognised& how, const TaskContext& task) {
    const RecognisedLayout first = recogniseLayout(h5::File::open(files.front()), settings).valueOrThrow();
    if (!first.layout->openTogether)
        return nullptr;
    how = {first.layout->name, first.reason};
    const auto open = first.layout->openTogether;
    auto run = std::make_unique<JoinedRun>(
        std::vector{files.front()}, [&](const std::string&) { return open(files, settings, task); }, task);
    // The task is gone by the time that files are reopened.
    run->setOpener([=](const std::string&) { return open(files, settings, TaskContext{}); });
    return run;
}

/// The run, whose files follow each other.
std::unique_ptr<JoinedRun> openInTurn(const std::vector<std::string>& files, const InputSettings& settings,
                                      Recognised& how, const TaskContext& task) {
    const auto open = [settings, &how](const std::string& path) {
        h5::File file = h5::File::open(path);
        how.growing = how.growing || file.isBeingWritten();
        const RecognisedLayout found = recogniseLayout(file, settings).valueOrThrow();
        if (how.layout.empty()) {
            how.layout = found.layout->name;
            how.reason = found.reason;
        } else if (how.layout != found.layout->name) {
            throw Error(ErrorCode::badInput, fmt::format("{} is of layout {}, the run's first file of layout {}", path,
                                                         found.layout->name, how.layout));
        }
        return withContext("reading " + path, [&] { return found.layout->open(std::move(file), settings); });
    };
    auto run = std::make_unique<JoinedRun>(files, open, task);
    // From here on files are only reopened; the names above are gone by then.
    run->setOpener([settings](const std::string& path) { return openRecognised(h5::File::open(path), settings); });
    return run;
}

} // namespace

void applyInputSettings(const InputSettings& settings, RunInfo& info) {
    applyBeam(settings, info);
    applyDetector(settings, info);
    applyMaskFile(settings, info);
}

std::unique_ptr<RunSource> openRunImage(std::span<const std::byte> image, const std::string& name,
                                        const InputSettings& settings) {
    return withContext("reading " + name, [&] { return openRecognised(h5::File::openImage(image, name), settings); });
}

std::unique_ptr<RunSource> openRun(const std::vector<std::string>& files, const InputSettings& settings,
                                   const TaskContext& task) {
    if (files.empty())
        throw Error(ErrorCode::badSettings, "no file of a run is given");
    throwIfFatal(settings.validate());

    RunFiles found = runFiles(files, task);
    Recognised how;
    std::unique_ptr<JoinedRun> run = openTogether(found.paths, settings, how, task);
    if (!run)
        run = openInTurn(found.paths, settings, how, task);
    RunInfo& info = run->editInfo();
    info.layout = how.layout;
    info.reason = how.reason;
    info.growing = how.growing;
    info.problems.insert(info.problems.begin(), found.problems.begin(), found.problems.end());
    applyInputSettings(settings, info);
    return run;
}

} // namespace fxs
