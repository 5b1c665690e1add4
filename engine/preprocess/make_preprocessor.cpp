#include "engine/preprocess/make_preprocessor.h"

#include "engine/io/calibration_file.h"
#include "engine/io/hdf5.h"
#include "engine/io/number_file.h"
#include "engine/io/run_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>

namespace fxs {

namespace {

/// Whether a name is that of a run rather than of one picture.
std::unique_ptr<RunSource> backgroundRun(const std::string& name, const InputSettings& input, const TaskContext& task) {
    const DatasetName parts = splitDatasetName(name);
    std::error_code ignored;
    if (!parts.dataset.empty() ||
        (!h5::File::isHdf5(parts.file) && !std::filesystem::is_directory(parts.file, ignored)))
        return nullptr;
    try {
        return openRun({name}, input, task);
    } catch (const Error&) {
        return nullptr; // an HDF5 file with one picture
    }
}

/// The mean of a run's corrected frames.
Array<float, 3> meanOf(RunSource& run, const PreprocessSettings& settings, PreprocessInput input, const RunInfo& sample,
                       const TaskContext& task) {
    const RunInfo& info = run.info();
    if (run.isPolar() || info.panels != sample.panels || info.slow != sample.slow || info.fast != sample.fast)
        throw Error(ErrorCode::badInput,
                    fmt::format("it holds frames of {} x {} x {} (panel x slow x fast), expected {} x {} x {} as the "
                                "run",
                                info.panels, info.slow, info.fast, sample.panels, sample.slow, sample.fast));
    // The corrections of pixels and nothing else: what no particle hit must not be looked for hits.
    PreprocessSettings own;
    own.commonMode = settings.commonMode;
    own.asic = settings.asic;
    own.commonModeMax = settings.commonModeMax;
    own.minValue = settings.minValue;
    own.maxValue = settings.maxValue;
    own.aduPerPhoton = settings.aduPerPhoton;
    own.photonThreshold = settings.photonThreshold;
    const Preprocessor preprocessor(own, std::move(input), info, task);
    const std::size_t pixels = info.panels * info.slow * info.fast;
    std::vector<double> sum(pixels, 0.0);
    std::vector<std::uint32_t> count(pixels, 0);
    const std::uint64_t frames = info.frameCount.value_or(0);
    constexpr std::size_t kFrames = 16;
    for (std::uint64_t first = 0; first < frames; first += kFrames) {
        FrameBatch batch = run.readFrames(first, kFrames, task);
        preprocessor.process(batch, task);
        for (std::size_t f = 0; f < batch.frameCount(); ++f)
            for (std::size_t i = 0; i < pixels; ++i)
                if (batch.mask.empty() || batch.mask.data()[f * pixels + i]) {
                    sum[i] += batch.data.data()[f * pixels + i];
                    ++count[i];
                }
    }
    auto mean = Array<float, 3>::uninitialised({info.panels, info.slow, info.fast});
    for (std::size_t i = 0; i < pixels; ++i)
        mean.data()[i] = count[i] > 0 ? static_cast<float>(sum[i] / count[i]) : 0.0F;
    return mean;
}

Array<float, 3> readBackground(const PreprocessSettings& settings, const InputSettings& input, const RunInfo& sample,
                               const TaskContext& task) {
    const std::array<std::size_t, 3> shape{sample.panels, sample.slow, sample.fast};
    if (const auto run = backgroundRun(settings.background, input, task))
        return withContext("the background " + settings.background, [&] {
            PreprocessInput constants;
            constants.calibration = readConstants(settings, shape);
            constants.saturation = saturationOf(run->info(), input);
            return meanOf(*run, settings, std::move(constants), sample, task);
        });
    const Array<float, 4> picture = readPixelConstants(settings.background, "background", shape);
    auto out = Array<float, 3>::uninitialised(shape);
    std::copy_n(picture.data(), out.size(), out.data());
    return out;
}

} // namespace

double saturationOf(const RunInfo& run, const InputSettings& input) {
    if (input.saturation)
        return *input.saturation;
    if (run.valueType == "uint8")
        return std::numeric_limits<std::uint8_t>::max();
    if (run.valueType == "uint16")
        return std::numeric_limits<std::uint16_t>::max();
    if (run.valueType == "uint32")
        return std::numeric_limits<std::uint32_t>::max();
    return std::numeric_limits<double>::infinity();
}

Calibration readConstants(const PreprocessSettings& settings, const std::array<std::size_t, 3>& shape) {
    Calibration calibration;
    if (!settings.calibration.empty())
        calibration = readCalibration(settings.calibration);
    if (!settings.dark.empty())
        calibration.dark = readPixelConstants(settings.dark, "dark", shape);
    if (!settings.gain.empty())
        calibration.gain = readPixelConstants(settings.gain, "gain", shape);
    return calibration;
}

std::unique_ptr<Preprocessor> makePreprocessor(const PreprocessSettings& settings, const InputSettings& input,
                                               RunSource& run, const DetectorGeometry* geometry,
                                               const TaskContext& task) {
    throwIfFatal(settings.validate());
    const RunInfo& info = run.info();
    PreprocessInput constants;
    constants.calibration = readConstants(settings, {info.panels, info.slow, info.fast});
    constants.saturation = saturationOf(info, input);
    constants.geometry = geometry;
    if (!settings.background.empty())
        constants.background = readBackground(settings, input, info, task);
    auto preprocessor = std::make_unique<Preprocessor>(settings, std::move(constants), info, task);
    preprocessor->survey(run, task);
    return preprocessor;
}

} // namespace fxs
