#include "engine/io/plain_frames.h"

#include "engine/io/frame_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace fxs {

namespace {

constexpr int kDeepest = 8;

/// Paths of all datasets under a group that could hold frames; links are followed, loops end at a depth.
void collectFrames(const h5::Group& group, const std::string& prefix, int depth, std::vector<std::string>& out) {
    for (const h5::Entry& entry : group.entries()) {
        const std::string path = prefix + "/" + entry.name;
        if (entry.type == h5::Entry::Type::dataset && canHoldFrames(group.dataset(entry.name)))
            out.push_back(path);
        else if (entry.type == h5::Entry::Type::group && depth < kDeepest)
            collectFrames(group.group(entry.name), path, depth + 1, out);
    }
}

/// A correlation, coefficients or a density have three axes too and are no frames.
bool isResult(const h5::File& file) {
    return file.hasGroup("entry/harmonics") || file.hasDataset("entry/coefficients/b_l") ||
           file.hasDataset("entry/density/density") || file.hasDataset("cross_correlation/I1I1");
}

Result<std::string> findFrames(const h5::File& file, const InputSettings& settings) {
    if (!settings.dataset.empty()) {
        if (file.hasDataset(settings.dataset))
            return settings.dataset;
        return Error(ErrorCode::notFound, fmt::format("there is no dataset {}, as given", settings.dataset));
    }
    if (isResult(file))
        return Error(ErrorCode::notFound, "it is a result of an analysis, not a run");
    std::vector<std::string> found;
    collectFrames(file, "", 0, found);
    if (found.size() == 1)
        return found.front();
    if (found.empty())
        return Error(ErrorCode::notFound, "no dataset has the form frame x slow x fast");
    return Error(ErrorCode::badInput,
                 fmt::format("{} datasets have the form frame x slow x fast ({}); --dataset says which", found.size(),
                             fmt::join(found, ", ")));
}

/// What has one value a frame beside the frames, and at the file's top.
void addColumns(FrameFile& contents) {
    const h5::Extent& shape = contents.frames.shape();
    contents.columns = FrameColumns(shape.size() > 2 ? shape[0] : 1);
    if (shape.size() < 3)
        return;
    const std::string path = contents.frames.path();
    const std::string group = path.substr(0, path.rfind('/'));
    if (!group.empty())
        contents.columns.addGroup(contents.file.group(group));
    contents.columns.addGroup(contents.file);
}

std::unique_ptr<RunSource> openPlain(h5::File file, const InputSettings& settings) {
    h5::Dataset frames = file.dataset(findFrames(file, settings).valueOrThrow());
    FrameFile contents{std::move(file), std::move(frames)};
    RunInfo& info = contents.info;
    info.experiment.polarity = Polarity::along;
    info.problems.push_back({"wavelength", "the file does not say the wavelength; --wavelength gives it", false});
    info.problems.push_back({"distance", "the file does not say the distance; --distance gives it", false});
    info.problems.push_back({"pixel-size", "the file does not say the pixel size; --pixel-size gives it", false});
    addColumns(contents);
    return std::make_unique<FrameReader>(std::move(contents), settings);
}

} // namespace

Layout plainFramesLayout() {
    return {
        .name = "frames",
        .lookedFor = "one dataset of the form frame x slow x fast",
        .probe = [](const h5::File& file, const InputSettings& settings) -> Result<std::string> {
            const auto path = findFrames(file, settings);
            if (!path)
                return path.error();
            return settings.dataset.empty()
                       ? fmt::format("{} is its only dataset of the form frame x slow x fast", *path)
                       : fmt::format("dataset {} was named", *path);
        },
        .open = openPlain,
    };
}

} // namespace fxs
