#pragma once

#include "widgets/background/background.h"
#include "widgets/mask/mask_model.h"

#include <QObject>
#include <QString>
#include <functional>
#include <memory>
#include <vector>

namespace fxs::app {

class Session;

/// Keeps the drawn mask in a file, so that Analyse, "Copy as command" and fxs use exactly what is on screen: after every step the
/// mask is written to a file of its own (named by its content, so an undone step names the earlier file again and results of that
/// mask are no longer stale), the session's setting input.mask names it, and the session holds the mask itself. A mask that the user names in the settings is read and
/// drawn on from there; that file itself is never written to.
/// Threads: GUI thread; reading and writing in the background.
class MaskKeeper : public QObject {
    Q_OBJECT

public:
    /// folder: where masks are kept; empty: "masks" in the program's data folder.
    MaskKeeper(Session& session, ui::Background& files, const QString& folder = {}, QObject* parent = nullptr);
    ~MaskKeeper() override;

    ui::MaskModel& model() { return m_model; }
    /// Reads a mask file in the background; loaded() or said() follows.
    void load(const QString& file, bool combine);
    /// Writes what is drawn to a file of the user's choice (.h5 or .npy), over what is there.
    void save(const QString& file);
    /// The file that the settings name is written.
    bool isSettled() const { return m_writing == 0; }
    /// Calls once it is: now, or when the writing that is under way ends (well or not).
    void whenSettled(std::function<void()> then);

Q_SIGNALS:
    void loaded(std::shared_ptr<const fxs::Array<std::uint8_t, 3>> mask, bool combine, const QString& name);
    void said(const QString& message, bool isError);

private:
    void takeRun();
    void takeSessionsMask();
    void followSettings();
    void followModel();
    void write(const QString& file, bool replace, std::function<void()> done);
    QString fileOf() const;
    void settled();

    Session& m_session;
    ui::Background& m_files;
    QString m_folder;
    ui::MaskModel m_model;
    ui::LatestWork m_reading, m_loading;
    QString m_file; ///< what the model holds; empty: nothing is drawn
    int m_writing = 0;
    std::vector<std::function<void()>> m_waiting;
};

} // namespace fxs::app
