#include "engine/io/header_numbers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace fxs {

std::optional<double> headerNumber(const h5::Group& from, const std::string& path, std::vector<Problem>& problems) {
    if (!from.hasDataset(path))
        return std::nullopt;
    const h5::Dataset dataset = from.dataset(path);
    if (dataset.size() == 1)
        return dataset.readScalar<double>();
    const h5::Extent& shape = dataset.shape();
    if (shape.empty() || dataset.size() == 0 || dataset.size() != shape[0])
        throw Error(ErrorCode::badInput, fmt::format("dataset {} is {}, expected one number or one a frame",
                                                     dataset.name(), fmt::join(dataset.shape(), " x ")));
    std::vector<double> values(static_cast<std::size_t>(dataset.size()));
    dataset.readBlock(h5::Extent(shape.size(), 0), shape, values.data());
    const auto written = std::erase_if(values, [](double v) { return v == 0 || !std::isfinite(v); });
    if (values.empty())
        return 0;
    if (written > 0)
        problems.push_back({"",
                            fmt::format("{} is 0 or not finite in {} of {} frames; the others are used", dataset.path(),
                                        written, dataset.size()),
                            false});
    double sum = 0;
    for (const double value : values)
        sum += value;
    const double mean = sum / static_cast<double>(values.size());
    const auto [low, high] = std::ranges::minmax(values);
    if (high - low > 1e-4 * std::abs(mean))
        problems.push_back({"",
                            fmt::format("{} changes from {} to {} within the run; its mean {} is used for all frames",
                                        dataset.path(), low, high, mean),
                            false});
    return mean;
}

std::optional<double> headerPositive(const h5::Group& from, const std::string& path, const char* unit,
                                     std::vector<Problem>& problems) {
    const auto value = headerNumber(from, path, problems);
    if (value && !(*value > 0 && std::isfinite(*value))) {
        problems.push_back(
            {"", fmt::format("{} is {} {}, expected a positive number; it is not used", path, *value, unit), false});
        return std::nullopt;
    }
    return value;
}

namespace {

std::optional<double> find(const std::string& unit, std::initializer_list<std::pair<const char*, double>> known) {
    for (const auto& [name, factor] : known)
        if (unit == name)
            return factor;
    return std::nullopt;
}

} // namespace

std::optional<double> metresPer(const std::string& unit) {
    return find(unit, {{"m", 1},
                       {"metre", 1},
                       {"meter", 1},
                       {"mm", 1e-3},
                       {"millimetre", 1e-3},
                       {"millimeter", 1e-3},
                       {"cm", 1e-2},
                       {"um", 1e-6},
                       {"micron", 1e-6},
                       {"micrometer", 1e-6},
                       {"\u00b5m", 1e-6},
                       {"nm", 1e-9},
                       {"nanometer", 1e-9},
                       {"pm", 1e-12},
                       {"A", 1e-10},
                       {"\u00c5", 1e-10},
                       {"angstrom", 1e-10},
                       {"Angstrom", 1e-10},
                       {"angstroms", 1e-10}});
}

std::optional<double> electronvoltsPer(const std::string& unit) {
    return find(unit, {{"eV", 1}, {"keV", 1e3}, {"J", 1 / kJoulePerEv}, {"joule", 1 / kJoulePerEv}});
}

} // namespace fxs
