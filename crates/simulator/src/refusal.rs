//! The platform's error answers, word for word as documented.
//!
//! Pure. The shape is code and text at the top, and again in `errors`; the token endpoint has a
//! shape of its own.

use serde_json::{Value, json};

/// An answer that refuses the request.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refused {
    /// The HTTP status.
    pub(super) status: u16,
    /// The body.
    pub(super) body: Value,
    /// The `Retry-After` header in seconds, where there is one.
    pub(super) retry_after_s: Option<i64>,
}

impl Refused {
    /// A refusal whose code and text are the same at the top and inside.
    pub(super) fn new(status: u16, code: &str, message: &str) -> Self {
        Self::with(status, code, message, code, &[])
    }

    /// A refusal with an inner code of its own and further keys, written on both levels.
    fn with(status: u16, code: &str, message: &str, inner: &str, more: &[(&str, &str)]) -> Self {
        let mut error = json!({"errorCode": inner, "message": message});
        let mut body = json!({"errorCode": code, "message": message});
        for (key, value) in more {
            error[*key] = json!(value);
            body[*key] = json!(value);
        }
        body["errors"] = json!([error]);
        Self {
            status,
            body,
            retry_after_s: None,
        }
    }

    /// Adds a `Retry-After` header.
    pub(super) fn retry_after(self, seconds: i64) -> Self {
        Self {
            retry_after_s: Some(seconds),
            ..self
        }
    }

    /// 400 CMN-101.
    pub(super) fn invalid_parameter(name: &str, value: &str) -> Self {
        let message = format!("Parameter [{name}] value is invalid.");
        let more = [("parameterName", name), ("parameterValue", value)];
        Self::with(400, "CMN-101", &message, "CMN-101", &more)
    }

    /// 400 `InvalidMultipartRequest`.
    pub(super) fn too_many_ids(what: &str) -> Self {
        let message = format!("{what} multipart request is limited to 30 extensions");
        Self::new(400, "InvalidMultipartRequest", &message)
    }

    /// 404 CMN-102: nothing of that id.
    pub(super) fn not_found(parameter: &str) -> Self {
        let message = format!("Resource for parameter [{parameter}] is not found");
        Self::with(
            404,
            "CMN-102",
            &message,
            "CMN-102",
            &[("parameterName", parameter)],
        )
    }

    /// 404 AGW-404: no such address.
    pub(super) fn no_such_address() -> Self {
        let body = json!({"errorCode": "AGW-404", "message": "Resource not found", "errors": []});
        Self {
            status: 404,
            body,
            retry_after_s: None,
        }
    }

    /// 401 AGW-401.
    pub(super) fn no_authorization() -> Self {
        Self::new(401, "AGW-401", "Authorization header is not specified")
    }

    /// 401 AGW-402.
    pub(super) fn malformed_authorization() -> Self {
        Self::new(401, "AGW-402", "Invalid Authorization header")
    }

    /// 401 `TokenExpired` with OAU-128.
    pub(super) fn token_expired() -> Self {
        Self::with(401, "TokenExpired", "Access token expired", "OAU-128", &[])
    }

    /// 401 OAU-213: it was good once, but its session has ended.
    pub(super) fn token_not_found() -> Self {
        Self::new(401, "OAU-213", "Token not found")
    }

    /// 401 `TokenInvalid` with OAU-149: it never was a token.
    pub(super) fn token_invalid() -> Self {
        let mut refused = Self::with(401, "TokenInvalid", "Invalid token", "OAU-149", &[]);
        refused.body["message"] = json!("OAuth token is invalid");
        refused
    }

    /// 403 CMN-401: the application lacks a permission.
    pub(super) fn application_lacks(permission: &str) -> Self {
        let message = format!(
            "In order to call this API endpoint, application needs to have [{permission}] permission"
        );
        Self::with(
            403,
            "CMN-401",
            &message,
            "CMN-401",
            &[("permissionName", permission)],
        )
    }

    /// 403 CMN-408: the user lacks a permission.
    pub(super) fn user_lacks(permission: &str) -> Self {
        let message = format!(
            "In order to call this API endpoint, user needs to have [{permission}] permission for requested resource."
        );
        Self::with(
            403,
            "CMN-408",
            &message,
            "CMN-408",
            &[("permissionName", permission)],
        )
    }

    /// 429 CMN-301: the user's limit of a group.
    pub(super) fn rate_exceeded(retry_after_s: i64) -> Self {
        Self::new(429, "CMN-301", "Request rate exceeded").retry_after(retry_after_s)
    }

    /// 429 CMN-310: a limit that no header describes.
    pub(super) fn global_rate_exceeded(retry_after_s: i64) -> Self {
        Self::new(429, "CMN-310", "Request rate exceeded").retry_after(retry_after_s)
    }

    /// 503 `MaintenanceMode`.
    pub(super) fn maintenance() -> Self {
        let message = "System is in maintenance mode";
        let body = json!({"errorCode": "MaintenanceMode", "message": message, "errors": []});
        Self {
            status: 503,
            body,
            retry_after_s: None,
        }
    }

    /// An error of the token endpoint.
    pub(super) fn oauth(status: u16, error: &str, code: &str, message: &str) -> Self {
        let body = json!({
            "error": error,
            "error_description": message,
            "errors": [{"errorCode": code, "message": message}],
        });
        Self {
            status,
            body,
            retry_after_s: None,
        }
    }

    /// The token endpoint's answer to a wrong client id or secret.
    pub(super) fn invalid_client() -> Self {
        Self::oauth(401, "invalid_client", "OAU-153", "Invalid client")
    }

    /// The token endpoint's answer to a JWT or refresh token that is not good.
    pub(super) fn invalid_grant() -> Self {
        Self::oauth(400, "invalid_grant", "OAU-213", "Token not found")
    }

    /// The token endpoint's answer to a grant type it does not know.
    pub(super) fn unsupported_grant() -> Self {
        Self::oauth(400, "invalid_request", "OAU-250", "Unsupported grant type")
    }

    /// The token endpoint's answer to a grant that is not switched on for the app.
    pub(super) fn unauthorized_client() -> Self {
        let message = "Unauthorized for this grant type";
        Self::oauth(400, "unauthorized_client", "OAU-251", message)
    }
}
