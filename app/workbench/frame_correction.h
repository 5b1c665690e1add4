#pragma once

#include "app/workbench/task_runner.h"
#include "engine/core/settings.h"
#include "widgets/frames/frame_pictures.h"

#include <QObject>
#include <QStringList>
#include <QTimer>
#include <memory>
#include <optional>
#include <stop_token>

namespace fxs::app {

class Workbench;

/// What the settings of preprocessing do to the frames on screen: follows run, settings, mask and geometry, prepares the preprocessor
/// (constants, survey of the run) on a thread of its own and gives it to the view as a FrameCorrector. Runs of polar images, and
/// settings that ask for nothing, have none. What is wrong with the settings is told in the corrector's place.
/// Threads: GUI thread; its destructor waits for a read that is under way.
class FrameCorrectionKeeper : public QObject {
    Q_OBJECT

public:
    explicit FrameCorrectionKeeper(Workbench& workbench, QObject* parent = nullptr);
    ~FrameCorrectionKeeper() override;

Q_SIGNALS:
    /// Null: frames are as stored.
    void correctorChanged(fxs::ui::FrameCorrector corrector);

private:
    /// What a preprocessor was made of.
    struct Wish {
        QStringList files;
        SettingValues input, preprocess;
        bool operator==(const Wish&) const = default;
    };
    void follow();
    void prepare(const Wish& wish);

    Workbench& m_workbench;
    QTimer m_soon; ///< settings are typed letter by letter
    std::optional<Wish> m_wish;
    std::stop_source m_stop;
    TaskRunner m_runner;
};

} // namespace fxs::app
