#pragma once

#include "engine/model/run_source.h"

#include <QTreeWidget>
#include <memory>

namespace fxs::ui {

/// What is open: the run with its files, what was recognised and why, geometry, metadata and problems; and the result files.
class RunTree : public QTreeWidget {
    Q_OBJECT

public:
    explicit RunTree(QWidget* parent = nullptr);

    void setRun(std::shared_ptr<const RunInfo> run);
    /// Says why a run could not be opened.
    void setRunError(const QString& files, const QString& message);
    void setResults(const QStringList& paths);

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void rebuild();
    void fitNames();
    void addRun();

    std::shared_ptr<const RunInfo> m_run;
    QString m_failedFiles, m_error;
    QStringList m_results;
};

} // namespace fxs::ui
