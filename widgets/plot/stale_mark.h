#pragma once

#include <QLabel>

namespace fxs::ui {

/// "Out of date" beside what no longer matches the settings, with the reason as its tooltip; not there while it does.
class StaleMark : public QLabel {
    Q_OBJECT

public:
    explicit StaleMark(QWidget* parent = nullptr);
    void setReason(const QString& why); ///< empty: up to date

protected:
    void changeEvent(QEvent* event) override;

private:
    void applyTheme();
};

} // namespace fxs::ui
