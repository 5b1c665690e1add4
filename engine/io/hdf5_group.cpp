#include "engine/io/hdf5.h"

#include "engine/io/hdf5_check.h"
#include "engine/io/hdf5_output_driver.h"

#include <fmt/format.h>

#include <algorithm>

namespace fxs::h5 {

namespace {

/// The kind of object at a path; nullopt where there is none, or its link leads nowhere.
std::optional<H5O_type_t> objectType(hid_t group, const std::string& path) {
    silence();
    const hid_t id = H5Oopen(group, path.c_str(), H5P_DEFAULT);
    if (id < 0)
        return std::nullopt;
    H5O_info_t info;
    const bool known = H5Oget_info2(id, &info, H5O_INFO_BASIC) >= 0;
    H5Oclose(id);
    return known ? std::optional(info.type) : std::nullopt;
}

/// What a soft or external link points to; empty for others.
std::string linkTarget(hid_t group, const std::string& path) {
    silence();
    H5L_info_t info;
    if (H5Lget_info(group, path.c_str(), &info, H5P_DEFAULT) < 0 || info.type == H5L_TYPE_HARD)
        return {};
    std::string value(info.u.val_size, '\0');
    if (H5Lget_val(group, path.c_str(), value.data(), value.size(), H5P_DEFAULT) < 0)
        return {};
    if (info.type == H5L_TYPE_SOFT)
        return value.c_str();
    const char* file = nullptr;
    const char* object = nullptr;
    unsigned flags = 0;
    if (H5Lunpack_elink_val(value.data(), value.size(), &flags, &file, &object) < 0)
        return {};
    return fmt::format("{} in file {}", object, file);
}

herr_t collectName(hid_t, const char* name, const H5L_info_t*, void* data) {
    static_cast<std::vector<std::string>*>(data)->emplace_back(name);
    return 0;
}

/// Says what was looked for, and why it is not there: the first part of the path that is missing, and what is beside
/// it.
[[noreturn]] void throwNotFound(const Group& group, const std::string& path, const char* what) {
    std::string found;
    for (const Entry& entry : group.entries()) {
        found += (found.empty() ? "" : ", ") + entry.name;
        if (found.size() > 200) {
            found += ", ...";
            break;
        }
    }
    throw Error(ErrorCode::notFound, fmt::format("{} {} is not in {} (group {} holds: {})", what, path,
                                                 group.filePath(), group.path(), found.empty() ? "nothing" : found));
}

[[noreturn]] void throwMissing(const Group& from, hid_t id, const std::string& path, const char* what) {
    const std::string target = linkTarget(id, path);
    if (!target.empty())
        throw Error(ErrorCode::notFound, fmt::format("{} {} of {} is a link to {}, which is not there", what, path,
                                                     from.filePath(), target));
    // Walk down to the last group that exists: its contents help most.
    std::size_t end = path.rfind('/');
    while (end != std::string::npos && end > 0) {
        const std::string parent = path.substr(0, end);
        if (from.hasGroup(parent))
            throwNotFound(from.group(parent), path, what);
        end = path.rfind('/', end - 1);
    }
    throwNotFound(from, path, what);
}

} // namespace

std::string Group::childPath(const std::string& path) const {
    if (path.starts_with('/'))
        return path;
    return m_path == "/" ? m_path + path : m_path + "/" + path;
}

bool Group::has(const std::string& path) const {
    return objectType(id(), path).has_value();
}

bool Group::hasGroup(const std::string& path) const {
    return objectType(id(), path) == H5O_TYPE_GROUP;
}

bool Group::hasDataset(const std::string& path) const {
    return objectType(id(), path) == H5O_TYPE_DATASET;
}

Group Group::group(const std::string& path) const {
    const auto type = objectType(id(), path);
    if (!type)
        throwMissing(*this, id(), path, "group");
    if (*type != H5O_TYPE_GROUP)
        throw Error(ErrorCode::badInput,
                    fmt::format("{} of {} is a dataset, expected a group", childPath(path), filePath()));
    GroupHandle handle(checked(
        ErrorCode::io, [&] { return fmt::format("opening {} of {}", childPath(path), filePath()); },
        [&] { return H5Gopen2(id(), path.c_str(), H5P_DEFAULT); }));
    return {m_file, childPath(path), std::move(handle)};
}

Dataset Group::dataset(const std::string& path) const {
    const auto type = objectType(id(), path);
    if (!type)
        throwMissing(*this, id(), path, "dataset");
    if (*type != H5O_TYPE_DATASET)
        throw Error(ErrorCode::badInput,
                    fmt::format("{} of {} is a group, expected a dataset", childPath(path), filePath()));
    DatasetHandle handle(checked(
        ErrorCode::io, [&] { return fmt::format("opening {} of {}", childPath(path), filePath()); },
        [&] { return H5Dopen2(id(), path.c_str(), H5P_DEFAULT); }));
    return {m_file, childPath(path), std::move(handle)};
}

std::vector<Entry> Group::entries() const {
    std::vector<std::string> names;
    checked(
        ErrorCode::io, [&] { return "listing " + name(); },
        [&] { return H5Literate(id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collectName, &names); });
    std::vector<Entry> out;
    for (auto& entryName : names) {
        const auto type = objectType(id(), entryName);
        const auto kind = !type                       ? Entry::Type::dangling
                          : *type == H5O_TYPE_GROUP   ? Entry::Type::group
                          : *type == H5O_TYPE_DATASET ? Entry::Type::dataset
                                                      : Entry::Type::other;
        out.push_back({std::move(entryName), kind});
    }
    return out;
}

Group Group::createGroup(const std::string& groupName, std::string_view nxClass) {
    GroupHandle handle(checked(
        ErrorCode::io, [&] { return fmt::format("creating group {} of {}", childPath(groupName), filePath()); },
        [&] { return H5Gcreate2(id(), groupName.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT); }));
    Group group(m_file, childPath(groupName), std::move(handle));
    if (!nxClass.empty())
        group.setAttribute("NX_class", nxClass);
    return group;
}

Dataset Group::create(const std::string& datasetName, Number number, const Extent& shape, const Storage& storage) {
    const auto doing = [&] { return fmt::format("creating dataset {} of {}", childPath(datasetName), filePath()); };
    std::vector<hsize_t> extent(shape.begin(), shape.end());
    std::vector<hsize_t> bound = extent;
    if (storage.growing && !bound.empty())
        bound[0] = H5S_UNLIMITED;
    const SpaceHandle space(checked(ErrorCode::internal, doing, [&] {
        return extent.empty() ? H5Screate(H5S_SCALAR)
                              : H5Screate_simple(static_cast<int>(extent.size()), extent.data(), bound.data());
    }));
    const PropertyHandle properties(checked(ErrorCode::internal, doing, [] { return H5Pcreate(H5P_DATASET_CREATE); }));
    // Times in object headers would make equal results different files.
    checked(ErrorCode::internal, doing, [&] { return H5Pset_obj_track_times(properties.id(), false); });
    if (!storage.chunk.empty()) {
        std::vector<hsize_t> chunk(storage.chunk.begin(), storage.chunk.end());
        for (std::size_t i = 0; i < chunk.size(); ++i)
            chunk[i] = std::max<hsize_t>(1, i == 0 && storage.growing ? chunk[i] : std::min(chunk[i], extent[i]));
        checked(ErrorCode::internal, doing,
                [&] { return H5Pset_chunk(properties.id(), static_cast<int>(chunk.size()), chunk.data()); });
        if (storage.gzip > 0) {
            checked(ErrorCode::internal, doing, [&] { return H5Pset_shuffle(properties.id()); });
            checked(ErrorCode::internal, doing,
                    [&] { return H5Pset_deflate(properties.id(), static_cast<unsigned>(storage.gzip)); });
        }
    }
    DatasetHandle handle(checked(ErrorCode::io, doing, [&] {
        return H5Dcreate2(id(), datasetName.c_str(), nativeType(number), space.id(), H5P_DEFAULT, properties.id(),
                          H5P_DEFAULT);
    }));
    return {m_file, childPath(datasetName), std::move(handle)};
}

Dataset Group::writeAll(const std::string& datasetName, Number number, const Extent& shape, const Storage& storage,
                        const void* values) {
    Dataset dataset = create(datasetName, number, shape, storage);
    if (dataset.size() == 0)
        return dataset;
    const std::string doing = "writing " + dataset.name();
    checked(
        ErrorCode::io, [&] { return doing; },
        [&] { return H5Dwrite(dataset.id(), nativeType(number), H5S_ALL, H5S_ALL, H5P_DEFAULT, values); });
    requireWritten(dataset.id(), doing);
    return dataset;
}

Dataset Group::writeText(const std::string& datasetName, std::string_view text) {
    const auto doing = [&] { return fmt::format("writing {} of {}", childPath(datasetName), filePath()); };
    const std::string owned(text.empty() ? std::string_view("\0", 1) : text);
    // Fixed widths, because HDF5 1.10 crashes or never returns on a damaged global heap, where variable ones are kept.
    const TypeHandle type = textType(owned.size());
    const SpaceHandle space(checked(ErrorCode::internal, doing, [] { return H5Screate(H5S_SCALAR); }));
    DatasetHandle handle(checked(ErrorCode::io, doing, [&] {
        return H5Dcreate2(id(), datasetName.c_str(), type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    }));
    checked(ErrorCode::io, doing,
            [&] { return H5Dwrite(handle.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, owned.data()); });
    return {m_file, childPath(datasetName), std::move(handle)};
}

Dataset Group::writeTexts(const std::string& datasetName, const std::vector<std::string>& texts) {
    const auto doing = [&] { return fmt::format("writing {} of {}", childPath(datasetName), filePath()); };
    std::size_t width = 1;
    for (const auto& text : texts)
        width = std::max(width, text.size());
    std::string padded(width * texts.size(), '\0');
    for (std::size_t i = 0; i < texts.size(); ++i)
        texts[i].copy(padded.data() + i * width, width);
    const TypeHandle type = textType(width);
    const hsize_t count = texts.size();
    const SpaceHandle space(checked(ErrorCode::internal, doing, [&] { return H5Screate_simple(1, &count, nullptr); }));
    DatasetHandle handle(checked(ErrorCode::io, doing, [&] {
        return H5Dcreate2(id(), datasetName.c_str(), type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    }));
    if (count > 0)
        checked(ErrorCode::io, doing,
                [&] { return H5Dwrite(handle.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, padded.data()); });
    return {m_file, childPath(datasetName), std::move(handle)};
}

void Group::softLink(const std::string& linkName, const std::string& target) {
    checked(
        ErrorCode::io, [&] { return fmt::format("linking {} of {}", childPath(linkName), filePath()); },
        [&] { return H5Lcreate_soft(target.c_str(), id(), linkName.c_str(), H5P_DEFAULT, H5P_DEFAULT); });
}

std::optional<std::string> Group::findText(const std::string& path) const {
    if (!hasDataset(path))
        return std::nullopt;
    return dataset(path).readText();
}

} // namespace fxs::h5
