#pragma once

#include "engine/core/task.h"
#include "engine/io/hdf5.h"
#include "engine/io/input_settings.h"
#include "engine/model/run_source.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace fxs {

/// One way of laying out a run in an HDF5 file. To read one more: write NAME.{h,cpp} with a function that returns a
/// Layout, and add it to layouts() in layout.cpp, the more special before the more general.
struct Layout {
    std::string name;      ///< "polar images": RunInfo::layout
    std::string lookedFor; ///< "group /entry/polar": for the message when no layout fits

    /// By content: why the file is of this layout ("it has group /entry/polar"), or an Error that says what is missing.
    std::function<Result<std::string>(const h5::File&, const InputSettings&)> probe;
    /// The file as a run; info().layout and reason are filled in by openLayout().
    std::function<std::unique_ptr<RunSource>(h5::File, const InputSettings&)> open;
    /// Where all files of a run have to be seen at once (modules in files of their own): reads them together; else null,
    /// and files follow each other.
    std::function<std::unique_ptr<RunSource>(const std::vector<std::string>&, const InputSettings&, const TaskContext&)>
        openTogether = {};
};

/// All layouts of this build, in the order in which they are tried.
const std::vector<Layout>& layouts();

/// The first layout that fits the file.
struct RecognisedLayout {
    const Layout* layout = nullptr;
    std::string reason;
};
/// An Error (unsupported) lists all that was looked for, and what the file holds instead.
Result<RecognisedLayout> recogniseLayout(const h5::File& file, const InputSettings& settings);

} // namespace fxs
