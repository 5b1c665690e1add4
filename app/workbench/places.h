#pragma once

#include "engine/backend/backend.h"

#include <QObject>
#include <QString>
#include <memory>
#include <vector>

namespace fxs::app {

/// Somewhere that jobs can run: this computer, or a cluster by a profile.
struct Place {
    QString id;                       ///< survives restarts: "local", "slurm/maxwell"
    QString name;                     ///< in "Run on": "This computer", "maxwell"
    QString tip;                      ///< what it is, for people
    bool remote = false;              ///< its jobs outlive the program
    std::shared_ptr<Backend> backend; ///< jobs that run keep it alive when the place is removed
};

/// The places of "Run on". The first one is this computer, and always there.
/// Threads: GUI thread.
class Places : public QObject {
    Q_OBJECT

public:
    static inline const QString kLocal = QStringLiteral("local");

    /// local: borrowed; outlives this.
    explicit Places(Backend& local, QObject* parent = nullptr);

    const std::vector<Place>& all() const { return m_places; }
    const Place& local() const { return m_places.front(); }
    /// Null if there is none of that id (any more).
    const Place* find(const QString& id) const;
    /// Adds a place, or replaces the one of that id.
    void put(Place place);
    void remove(const QString& id);

Q_SIGNALS:
    void changed();

private:
    std::vector<Place> m_places;
};

} // namespace fxs::app
