#include "engine/io/number_file.h"

#include "engine/core/whole_file.h"
#include "engine/io/npy.h"

#include <fmt/format.h>

#include <filesystem>

namespace fxs {

namespace {

constexpr std::uint64_t kMostValues = std::uint64_t{1} << 31;

NumberFile readHdf5(const DatasetName& name) {
    const h5::File file = h5::File::open(name.file);
    std::string path = name.dataset;
    if (path.empty())
        for (const char* usual : {"data", "data/data", "entry/data", "entry/data/data", "entry_1/data_1/data"})
            if (path.empty() && file.hasDataset(usual))
                path = usual;
    if (path.empty())
        throw Error(ErrorCode::notFound,
                    fmt::format("it has no dataset called data; {}:/path/of/dataset says which", name.file));
    const h5::Dataset data = file.dataset(path);
    if (!data.isNumeric())
        throw Error(ErrorCode::badInput,
                    fmt::format("dataset {} holds {}, expected numbers", data.name(), data.valueType()));
    NumberFile out;
    out.shape = data.shape();
    out.values.resize(checkedSize(out.shape, kMostValues, "array"));
    data.readBlock(h5::Extent(out.shape.size(), 0), out.shape, out.values.data());
    return out;
}

} // namespace

DatasetName splitDatasetName(const std::string& name) {
    std::error_code ignored;
    const auto colon = name.find(":/");
    if (colon == std::string::npos || std::filesystem::exists(name, ignored))
        return {name, ""};
    return {name.substr(0, colon), name.substr(colon + 1)};
}

NumberFile readNumberFile(const std::string& name) {
    return withContext("reading " + name, [&]() -> NumberFile {
        const DatasetName parts = splitDatasetName(name);
        if (!parts.dataset.empty() || h5::File::isHdf5(parts.file))
            return readHdf5(parts);
        const std::string bytes = readWholeFile(parts.file);
        if (isNpy(bytes)) {
            const NpyArray array = parseNpy(bytes, kMostValues);
            return {array.shape, array.valuesAs<float>()};
        }
        throw Error(ErrorCode::badInput, "it is neither a NumPy array (.npy) nor HDF5");
    });
}

} // namespace fxs
