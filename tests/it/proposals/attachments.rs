//! Attachments: kept, served and removed by right.
