// The body with which the courier of Ory Kratos hands its codes to a hook of the preset kratos.
// Every code is named; the whole template data, which holds the identity, stays in Kratos.
function(ctx)
  local data = if 'template_data' in ctx then ctx.template_data else {};
  local told(name) = if name in data then { [name]: data[name] } else {};
  {
    recipient: ctx.recipient,
    template_type: ctx.template_type,
    template_data:
      told('login_code')
      + told('registration_code')
      + told('verification_code')
      + told('recovery_code')
      + told('expires_in_minutes'),
  }
